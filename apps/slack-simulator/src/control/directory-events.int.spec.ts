/** What Slack tells the app of people and channels that are changed by the control surface. */
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { AppServer } from '../testing/app-server.ts';
import { acme, direct, useSimulator } from '../testing/fixture.ts';

let door: AppServer;
const slack = useSimulator(async () => {
  door = await AppServer.open();
  return { eventsUrl: `${door.url}/events` };
});
beforeEach(() => {
  door.received.length = 0;
});
afterAll(() => door.close());

interface Told {
  type: string;
  [field: string]: unknown;
}
async function told(count: number): Promise<Told[]> {
  await door.count(count);
  return door.received.map(({ body }) => (JSON.parse(body) as { event: Told }).event);
}
const change = (body: object) => slack.control('POST', 'workspaces', { id: acme.id, ...body });
const channels = `${direct},channels:read,groups:read`;

test('a new person and a changed one are told, with the e-mail address where the scope is granted', async () => {
  await slack.install(direct);
  await change({ users: [{ id: 'U0NEW', name: 'New Person', email: 'new@acme.test' }] });
  await change({ users: [{ id: 'U0NEW', name: 'New Person', email: 'changed@acme.test' }] });
  await change({ users: [{ id: 'U0NEW', name: 'New Person', email: 'changed@acme.test' }] });
  await change({ users: [{ id: 'U0NEW', name: 'New Person', deleted: true }] });
  expect(await told(3)).toMatchObject([
    { type: 'team_join', user: { id: 'U0NEW', profile: { email: 'new@acme.test' } }, event_ts: expect.any(String) },
    { type: 'user_change', user: { profile: { email: 'changed@acme.test' } } },
    { type: 'user_change', user: { deleted: true } },
  ]);
});

test('a public channel is told from its creation to its end', async () => {
  await slack.install(channels);
  await change({ channels: [{ id: 'C0NEWS', name: 'news' }] });
  await change({ channels: [{ id: 'C0NEWS', name: 'latest', members: ['bot'] }] });
  await change({ channels: [{ id: 'C0NEWS', name: 'latest', archived: true }] });
  await change({ channels: [{ id: 'C0NEWS', name: 'latest', archived: false }] });
  await slack.control('POST', 'members', { team: acme.id, channel: 'C0NEWS', remove: ['bot'] });
  await slack.control('POST', 'conversations/remove', { team: acme.id, channel: 'C0NEWS' });
  expect((await told(8)).map(({ type }) => type)).toEqual([
    ...['channel_created', 'channel_rename', 'member_joined_channel', 'channel_archive', 'channel_unarchive'],
    ...['member_left_channel', 'channel_left', 'channel_deleted'],
  ]);
});

test('of a private channel the app hears only while it is a member', async () => {
  await slack.install(channels);
  await change({ channels: [{ id: 'C0SECRET', name: 'unheard' }] });
  await slack.control('POST', 'members', { team: acme.id, channel: 'C0SECRET', add: ['bot'] });
  await change({ channels: [{ id: 'C0SECRET', name: 'heard' }] });
  await slack.control('POST', 'members', { team: acme.id, channel: 'C0SECRET', remove: ['bot'] });
  await change({ channels: [{ id: 'C0SECRET', name: 'unheard-again' }] });
  await change({ channels: [{ id: 'C0LAST', name: 'last' }] });
  const events = await told(5);
  expect(events.map(({ type }) => type)).toEqual([
    ...['member_joined_channel', 'group_rename', 'member_left_channel', 'group_left', 'channel_created'],
  ]);
  expect(events[0]).toMatchObject({ channel: 'C0SECRET', channel_type: 'G', team: acme.id });
});
