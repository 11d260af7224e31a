// Links by hand to people whom Slack knows and the last list did not, against the simulated Slack.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Problem } from '@carillon/runtime';
import { linksIn, SyncStage } from '../testing/sync-stage.ts';
import { linkAskingSlack } from './link-asking-slack.ts';
import type { Chosen } from './link-by-hand.ts';
import { countPeople } from './people.ts';

let stage: SyncStage;
beforeAll(async () => {
  stage = await SyncStage.start();
});
beforeEach(async () => {
  await stage.reset();
  await stage.directory.members([{ memberId: 'ada' }, { memberId: 'ben' }]);
  await stage.connect({ users: [{ id: 'U0ADMIN', name: 'Admin', email: 'admin@else.test', admin: true }] });
  stage.directory.runner();
  await stage.ended();
  await stage.directory.published();
  await stage.slack.workspace({
    id: stage.team,
    users: [
      { id: 'U1', name: 'Ada', email: 'private@home.test' },
      { id: 'U2', name: 'Gone', email: 'gone@home.test', deleted: true },
      { id: 'U3', name: 'Robot', email: 'robot@home.test', bot: true },
    ],
  });
});
afterEach(() => stage.directory.close());
afterAll(() => stage?.stop());

const link = (chosen: Chosen) =>
  linkAskingSlack(stage.directory.asAdmin, stage.directory.slack, stage.installation, 'ada', chosen);
const problem = (chosen: Chosen): Promise<unknown> =>
  link(chosen).then(
    () => 'linked',
    (error: unknown) => (error instanceof Problem ? { status: error.status, errors: error.errors } : error),
  );

test.each<[string, Chosen]>([
  ['address', { email: 'Private@home.test' }],
  ['id', { slackUserId: 'U1' }],
])('a person is found in Slack by %s, and linked', async (_, chosen) => {
  expect(await link(chosen)).toMatchObject({ status: 'manual', slackUserId: 'U1', slackEmail: 'private@home.test' });
  expect(linksIn(await stage.directory.published())).toEqual({
    ada: [{ status: 'manual', teamId: stage.team, slackUserId: 'U1' }],
  });
  expect(await countPeople(stage.directory.pool, 'acme', stage.installation.installationId)).toEqual({
    ...{ matched: 0, manual: 1, unmatched: 1, ambiguous: 0, deactivated: 0, removed: 0 },
  });
});

test.each<[string, Chosen, string]>([
  ['an address that nobody has', { email: 'nobody@home.test' }, 'email'],
  ['the address of a deactivated person', { email: 'gone@home.test' }, 'email'],
  ['an id that nobody has', { slackUserId: 'U0NOBODY' }, 'slackUserId'],
  ['the id of a deactivated person', { slackUserId: 'U2' }, 'slackUserId'],
  ['the id of a bot', { slackUserId: 'U3' }, 'slackUserId'],
])('%s is refused in words that say what is wrong, and nothing changes', async (_, chosen, path) => {
  const message = expect.stringMatching(/no one in Main has|deactivated in Main|no person of Main/);
  expect(await problem(chosen)).toMatchObject({ status: 400, errors: [{ path, message }] });
  expect(await stage.directory.published()).toEqual(new Map());
});

test('while Slack cannot be asked the admin hears so', async () => {
  await stage.slack.faults([
    { method: 'users.lookupByEmail', team: stage.team, kind: 'error', value: 'internal_error', count: 9 },
  ]);
  expect(await problem({ email: 'private@home.test' })).toMatchObject({ status: 503 });
});

test('an installation that is lost is not asked', async () => {
  const lost = { ...stage.installation, state: 'lost' };
  const linking = linkAskingSlack(stage.directory.asAdmin, stage.directory.slack, lost, 'ada', { slackUserId: 'U1' });
  await expect(linking).rejects.toMatchObject({ status: 400 });
});
