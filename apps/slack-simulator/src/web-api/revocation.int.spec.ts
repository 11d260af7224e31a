import { afterAll, expect, test } from '@jest/globals';
import { AppServer } from '../testing/app-server.ts';
import { acme, refusal, useSimulator } from '../testing/fixture.ts';

let door: AppServer;
const slack = useSimulator(async () => {
  door = await AppServer.open();
  return { eventsUrl: door.url };
});
afterAll(() => door.close());

test('where apps.uninstall is not permitted auth.revoke still works: the bot goes, and nothing says “uninstalled”', async () => {
  const client = await slack.installed('chat:write,channels:read');
  const person = await slack.person('U0BEN', 'channels:read,users:read');
  const { user_id = '' } = await client.auth.test();
  await slack.control('POST', 'faults', { method: 'apps.uninstall', kind: 'error', value: 'no_permission' });
  const { clientId: client_id, clientSecret: client_secret } = slack.simulator.app;
  expect(await refusal(client.apps.uninstall({ client_id, client_secret }))).toBe('no_permission');

  expect(await client.auth.revoke({})).toMatchObject({ ok: true, revoked: true });
  expect(await refusal(client.auth.test())).toBe('token_revoked');
  expect((await person.users.info({ user: user_id })).user?.deleted).toBe(true);
  expect((await person.conversations.members({ channel: 'C0GENERAL' })).members).not.toContain(user_id);
  await slack.control('POST', 'events', { team: acme.id, event: { type: 'team_join' } });
  await door.count(2);
  expect(door.events.map((e) => e.event.type).sort()).toEqual(['team_join', 'tokens_revoked']);
});
