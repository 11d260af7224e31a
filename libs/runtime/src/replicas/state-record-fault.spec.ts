import { describe, expect, it } from '@jest/globals';
import {
  installationChanged,
  memberChanged,
  versionLeadMs,
  type InstallationState,
  type MemberState,
} from '@carillon/domain';
import { stateRecordFault, type StateRecord } from './state-record-fault.ts';

const tenants = { has: (id: string) => id === 'acme' || id === 'globex' };
const at = Date.UTC(2026, 10, 26);
const installation: InstallationState = {
  installationId: 'i-1',
  tenantId: 'acme',
  name: 'Main',
  profile: 'direct',
  state: 'active',
  teamId: 'T1',
  isEnterpriseInstall: false,
  appId: 'A1',
  botUserId: 'U1',
  scopes: ['chat:write'],
  installedAt: '2026-11-22T10:00:00Z',
  version: 3,
};
const member: MemberState = { tenantId: 'acme', memberId: 'ada', email: 'ada@acme.test', name: 'Ada', active: true };

const ofInstallation = (over: Partial<StateRecord<typeof installationChanged>>, known?: string) =>
  stateRecordFault(
    installationChanged,
    { id: '1', key: 'i-1', data: installation, timestamp: at, ...over },
    { tenants, keysNameTenants: false },
    known,
  )?.[0];
const ofMember = (over: Partial<StateRecord<typeof memberChanged>>, versionsOptional = true) =>
  stateRecordFault(
    memberChanged,
    { id: '1', key: 'acme:ada', data: member, timestamp: at, ...over },
    { tenants, keysNameTenants: true, versionsOptional },
  )?.[0];

describe('a state record', () => {
  it('is taken when key, tenant and version fit', () => {
    expect([
      ofInstallation({}),
      ofInstallation({}, 'acme'),
      ofInstallation({ data: null, version: 4 }, 'acme'),
    ]).toEqual([undefined, undefined, undefined]);
    expect([ofMember({}), ofMember({ data: null }), ofMember({ data: null, version: at + versionLeadMs })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('has the key of its value', () => {
    expect(ofInstallation({ key: 'i-2' })).toBe('wrong_key');
    for (const key of ['acme:grace', 'globex:ada', 'ada']) expect(ofMember({ key })).toBe('wrong_key');
    for (const key of ['', null])
      expect([ofInstallation({ key }), ofMember({ key, data: null })]).toEqual(['unreadable', 'unreadable']);
  });

  it('is of a declared tenant, a tombstone too where its key names one', () => {
    for (const tenantId of ['umbrella', '__proto__', 'constructor']) {
      expect(ofInstallation({ data: { ...installation, tenantId } })).toBe('unknown_tenant');
      expect(ofMember({ key: `${tenantId}:ada`, data: { ...member, tenantId } })).toBe('unknown_tenant');
      expect(ofMember({ key: `${tenantId}:ada`, data: null })).toBe('unknown_tenant');
    }
    for (const key of ['ada', ':ada', 'acme:']) expect(ofMember({ key, data: null })).toBe('wrong_key');
  });

  it("never gives one tenant's installation to another", () => {
    expect(ofInstallation({ data: { ...installation, tenantId: 'globex' } }, 'acme')).toBe('foreign_installation');
  });

  it('cannot outrank all later ones by a version in the far future, by the time that the broker gave it and no other clock', () => {
    for (const version of [9e15, at + versionLeadMs + 1, -1, 0.5]) {
      expect(ofInstallation({ data: { ...installation, version } })).toBe('version_out_of_bounds');
      expect(ofInstallation({ data: null, version })).toBe('version_out_of_bounds');
    }
    expect(ofInstallation({ data: { ...installation, version: at + versionLeadMs } })).toBeUndefined();
  });

  it('has a version, unless products may leave it out', () => {
    expect(ofInstallation({ data: null })).toBe('unreadable');
    expect(ofMember({ data: null }, false)).toBe('unreadable');
  });
});
