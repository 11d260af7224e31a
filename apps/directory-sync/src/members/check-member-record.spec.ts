import { describe, expect, it } from '@jest/globals';
import type { MemberState } from '@carillon/domain';
import { memberRecordFault, restSource, type MemberRecordToCheck } from './check-member-record.ts';

const tenants = {
  has: (id: string) => id === 'acme' || id === 'globex',
  allowsSource: (id: string, source: string) => source.startsWith(`/${id}/`),
};
const at = Date.UTC(2026, 10, 26);
const ada: MemberState = { tenantId: 'acme', memberId: 'ada', email: 'ada@acme.test', name: 'Ada', active: true };
const record = (over: Partial<MemberRecordToCheck> = {}): MemberRecordToCheck => ({
  id: 'm-1',
  key: 'acme:ada',
  source: '/acme/hr',
  data: ada,
  timestamp: at,
  ...over,
});
const codeOf = (over: Partial<MemberRecordToCheck>) => memberRecordFault(record(over), tenants)?.[0];

describe('a record of member.changed', () => {
  it('is taken when key, tenant, source and version fit, with the version being a counter, a time or absent', () => {
    for (const version of [undefined, 0, 7, at, at + 3_600_000])
      expect(codeOf({ data: { ...ada, ...(version !== undefined && { version }) } })).toBeUndefined();
    expect(codeOf({ data: null, version: 8 })).toBeUndefined();
    expect(codeOf({ data: null })).toBeUndefined();
    expect(codeOf({ source: restSource })).toBeUndefined();
  });

  it('has the key of its member', () => {
    for (const key of ['acme:grace', 'globex:ada', 'ada']) expect(codeOf({ key })).toBe('wrong_key');
    for (const key of ['ada', ':ada', 'acme:']) expect(codeOf({ key, data: null })).toBe('wrong_key');
    for (const key of ['', null])
      expect([codeOf({ key }), codeOf({ key, data: null })]).toEqual(['unreadable', 'unreadable']);
  });

  it('is of a declared tenant, a tombstone too', () => {
    for (const tenantId of ['umbrella', '__proto__', 'constructor']) {
      expect(codeOf({ key: `${tenantId}:ada`, data: { ...ada, tenantId } })).toBe('unknown_tenant');
      expect(codeOf({ key: `${tenantId}:ada`, data: null })).toBe('unknown_tenant');
    }
  });

  it("comes from one of its tenant's sources, a tombstone too", () => {
    expect(codeOf({ source: '/globex/hr' })).toBe('source_not_allowed');
    expect(codeOf({ source: '/globex/hr', data: null })).toBe('source_not_allowed');
    expect(codeOf({ source: '', data: null })).toBe('source_not_allowed');
  });

  it('cannot outrank all later ones by a version in the far future, a tombstone neither', () => {
    expect(codeOf({ data: { ...ada, version: 9e15 } })).toBe('version_out_of_bounds');
    expect(codeOf({ data: null, version: 9e15 })).toBe('version_out_of_bounds');
  });
});
