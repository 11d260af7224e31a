// To whom private channels are shown, against the simulated Slack.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { SyncStage } from '../testing/sync-stage.ts';
import { PrivateChannels } from './private-channels.ts';

let stage: SyncStage;
let channels: PrivateChannels;
beforeAll(async () => {
  stage = await SyncStage.start();
});
beforeEach(async () => {
  await stage.reset();
  await stage.connect({
    users: [
      { id: 'U1', name: 'Olga', email: 'olga@acme.test', admin: true },
      { id: 'U2', name: 'Ada', email: 'ada@acme.test' },
    ],
    channels: [
      { id: 'C1', name: 'general', members: ['bot', 'U1'] },
      { id: 'C2', name: 'leads', private: true, members: ['bot', 'U1'] },
      { id: 'C3', name: 'board', private: true, members: ['bot', 'U1', 'U2'] },
      { id: 'C4', name: 'adas', private: true, members: ['bot', 'U2'] },
      { id: 'C5', name: 'without-app', private: true, members: ['U1'] },
      { id: 'C6', name: 'old', private: true, archived: true, members: ['bot', 'U1'] },
    ],
  });
  const { installationId } = stage.installation;
  await stage.directory.installation({
    ...{ installationId, teamId: stage.team, version: 1_000, connectedBy: 'olga', connectedBySlackUser: 'U1' },
  });
  channels = new PrivateChannels(stage.directory.pool, stage.directory.slack);
});
afterEach(() => stage.directory.close());
afterAll(() => stage?.stop());

const names = async (memberId: string, tenantId = 'acme'): Promise<string[]> =>
  (await channels.of(tenantId, memberId, undefined)).map(({ name }) => name);

test('the person who connected sees those that both the person and the app are in', async () => {
  expect(await names('olga')).toEqual(['board', 'leads']);
});

test('nobody else sees any, whatever they are in and whichever tenant they name', async () => {
  for (const [member, tenant] of [['ada'], ['U1'], ['root'], ['olga', 'globex'], ['']] as const)
    expect(await names(member, tenant)).toEqual([]);
});

test('an installation that is lost, or was not granted the scope, shows none', async () => {
  const { installationId } = stage.installation;
  const state = { installationId, teamId: stage.team, connectedBy: 'olga', connectedBySlackUser: 'U1' };
  await stage.directory.installation({ ...state, version: 2_000, scopes: ['users:read', 'channels:read'] });
  expect(await names('olga')).toEqual([]);
  await stage.directory.installation({ ...state, version: 3_000, state: 'lost' });
  expect(await names('olga')).toEqual([]);
});

test('Slack is asked once in a while, and again after it could not answer', async () => {
  await stage.slack.faults([
    { method: 'users.conversations', team: stage.team, kind: 'error', value: 'fatal_error', count: 5 },
  ]);
  await expect(names('olga')).rejects.toMatchObject({ status: 503 });
  for (let n = 0; n < 3; n++) expect(await names('olga')).toEqual(['board', 'leads']);
  expect((await stage.slack.requests(stage.team, 'users.conversations')).ok).toBe(1);
});
