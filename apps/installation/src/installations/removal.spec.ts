import { describe, expect, it } from '@jest/globals';
import type { SlackEvent } from '@carillon/domain';
import { removalOf } from './removal.ts';

const event = (over: Partial<SlackEvent>): SlackEvent => ({
  eventId: 'Ev1',
  eventType: 'app_uninstalled',
  teamId: 'T1',
  appId: 'A1',
  receivedAt: '2026-11-22T12:00:05Z',
  payload: { event_time: 1_795_348_800, event: { type: 'app_uninstalled' } },
  ...over,
});
const at = new Date('2026-11-22T12:00:00Z');

describe('removalOf', () => {
  it('takes app_uninstalled as the end of the workspace’s installation, at the time Slack gives', () => {
    expect(removalOf(event({}))).toEqual({ kind: 'app_uninstalled', workspaceId: 'T1', appId: 'A1', at });
    expect(removalOf(event({ payload: {} }))?.at).toEqual(new Date('2026-11-22T12:00:05Z'));
  });

  it('takes tokens_revoked only where it names bots', () => {
    const revoked = (tokens: object) =>
      event({ eventType: 'tokens_revoked', payload: { event_time: 1_795_348_800, event: { tokens } } });
    expect(removalOf(revoked({ bot: ['UBOT'], oauth: ['U1'] }))).toEqual({
      kind: 'tokens_revoked',
      workspaceId: 'T1',
      appId: 'A1',
      botUserIds: ['UBOT'],
      at,
    });
    expect(removalOf(revoked({ oauth: ['U1'] }))).toBeUndefined();
    expect(removalOf(revoked({}))).toBeUndefined();
  });

  it('tells an org-wide installation from one of its workspaces', () => {
    const inGrid = { teamId: 'T1', enterpriseId: 'E1' };
    expect(removalOf(event(inGrid))?.workspaceId).toBe('T1');
    expect(
      removalOf(event({ ...inGrid, payload: { authorizations: [{ is_enterprise_install: true }] } }))?.workspaceId,
    ).toBe('E1');
    const { teamId: _, ...withoutTeam } = event({ enterpriseId: 'E1' });
    expect(removalOf(withoutTeam)?.workspaceId).toBe('E1');
  });

  it('leaves every other event alone, and one that names no place', () => {
    expect(removalOf(event({ eventType: 'team_join' }))).toBeUndefined();
    const { teamId: _, ...nowhere } = event({});
    expect(removalOf(nowhere)).toBeUndefined();
  });
});
