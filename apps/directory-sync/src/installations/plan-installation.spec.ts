import { describe, expect, it } from '@jest/globals';
import type { InstallationState } from '@carillon/domain';
import { planInstallation, type KnownInstallation } from './plan-installation.ts';

const next = (change: Partial<InstallationState> = {}): InstallationState => ({
  installationId: 'i-1',
  tenantId: 'acme',
  name: 'Main',
  profile: 'direct',
  state: 'active',
  teamId: 'T1',
  isEnterpriseInstall: false,
  appId: 'A1',
  botUserId: 'U0',
  scopes: ['users:read'],
  installedAt: '2026-11-22T10:00:00Z',
  version: 2,
  ...change,
});
const known: KnownInstallation = {
  tenantId: 'acme',
  state: 'active',
  teamId: 'T1',
  enterpriseId: null,
  scopes: ['users:read'],
  teamIds: [],
  deleted: false,
};

describe('a newer state of an installation', () => {
  it('starts a sync when the installation is new', () => {
    expect(planInstallation(undefined, next())).toEqual({ erase: false, sync: true });
  });

  it('starts none when only its name changed', () => {
    expect(planInstallation(known, next({ name: 'Other' }))).toEqual({ erase: false, sync: false });
  });

  it('starts one when the workspaces change that an organisation-wide installation covers', () => {
    const orgWide = { teamId: undefined, enterpriseId: 'E1', isEnterpriseInstall: true };
    const covered = { ...known, teamId: null, enterpriseId: 'E1', teamIds: ['T1'] };
    for (const teamIds of [['T1', 'T2'], [], ['T2']])
      expect(planInstallation(covered, next({ ...orgWide, teamIds }))).toEqual({ erase: false, sync: true });
    expect(planInstallation(covered, next({ ...orgWide, teamIds: ['T1'] }))).toEqual({ erase: false, sync: false });
  });

  it('keeps everybody where the workspace joins an organisation', () => {
    expect(planInstallation(known, next({ enterpriseId: 'E1' }))).toEqual({ erase: false, sync: false });
  });

  it('ends syncs and erases everybody when it is deleted', () => {
    expect(planInstallation(known, null)).toEqual({ erase: true, sync: false, endSyncs: 'installation_deleted' });
  });

  it.each(['lost', 'disconnected'] as const)('ends syncs and keeps the links when it is %s', (state) => {
    expect(planInstallation(known, next({ state }))).toEqual({
      erase: false,
      sync: false,
      endSyncs: `installation_${state}`,
    });
  });

  it('starts a sync when it is active again, or deleted and back', () => {
    expect(planInstallation({ ...known, state: 'lost' }, next())).toMatchObject({ sync: true });
    expect(planInstallation({ ...known, deleted: true }, next())).toEqual({ erase: false, sync: true });
  });

  it('starts a sync when Slack granted more', () => {
    expect(planInstallation(known, next({ scopes: ['users:read', 'channels:read'] }))).toEqual({
      erase: false,
      sync: true,
    });
  });

  it('forgets everybody when it moved to another workspace', () => {
    expect(planInstallation(known, next({ teamId: 'T2' }))).toEqual({ erase: true, sync: true });
  });
});
