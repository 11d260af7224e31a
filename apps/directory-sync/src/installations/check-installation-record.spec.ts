import { describe, expect, it } from '@jest/globals';
import type { InstallationState } from '@carillon/domain';
import { installationRecordProblem, type InstallationRecordToCheck } from './check-installation-record.ts';

const tenants = { has: (id: string) => id === 'acme' || id === 'globex' };
const at = Date.UTC(2026, 10, 26);
const state: InstallationState = {
  installationId: 'i-1', tenantId: 'acme', name: 'Main', profile: 'direct', state: 'active', teamId: 'T1', isEnterpriseInstall: false,
  appId: 'A1', botUserId: 'U1', scopes: ['chat:write'], installedAt: '2026-11-22T10:00:00Z', version: 3,
};
const codeOf = (over: Partial<InstallationRecordToCheck>, known?: string) =>
  installationRecordProblem({ key: 'i-1', data: state, timestamp: at, ...over }, tenants, known)?.code;

describe('a record of installation.changed', () => {
  it('is taken when key, tenant and version fit', () => {
    expect(codeOf({})).toBeUndefined();
    expect(codeOf({}, 'acme')).toBeUndefined();
    expect(codeOf({ data: null, version: 4 }, 'acme')).toBeUndefined();
    expect(codeOf({ data: null })).toBeUndefined();
  });

  it('has the id of its installation as its key', () => {
    for (const key of ['i-2', '', null]) expect(codeOf({ key })).toBe('key_mismatch');
    for (const key of ['', null]) expect(codeOf({ key, data: null })).toBe('key_mismatch');
  });

  it('is of a declared tenant', () => {
    for (const tenantId of ['umbrella', '__proto__']) expect(codeOf({ data: { ...state, tenantId } })).toBe('unknown_tenant');
  });

  it("never gives one tenant's installation to another", () => {
    expect(codeOf({ data: { ...state, tenantId: 'globex' } }, 'acme')).toBe('tenant_changed');
  });

  it('cannot outrank all later ones by a version in the far future', () => {
    expect(codeOf({ data: { ...state, version: 9e15 } })).toBe('version_in_future');
    expect(codeOf({ data: null, version: 9e15 })).toBe('version_in_future');
  });
});
