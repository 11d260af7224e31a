import { afterAll, beforeEach, expect, test } from '@jest/globals';
import type { AppsEventAuthorizationsListResponse } from '@slack/web-api';
import { AppServer } from '../testing/app-server.ts';
import { acme, direct, grid, refusal, south, useSimulator } from '../testing/fixture.ts';

const appToken = 'xapp-1-A0TEST-secret';
let door: AppServer;
const slack = useSimulator(async () => {
  door = await AppServer.open();
  return { eventsUrl: door.url, appToken };
});
beforeEach(() => {
  door.received.length = 0;
});
afterAll(() => door.close());

test('an app asks with its own token who sees an event, beyond the one installation of the envelope', async () => {
  await slack.control('POST', 'workspaces', { id: 'T0OTHER', name: 'Other' });
  await slack.install(direct);
  await slack.control('POST', 'events', { team: acme.id, event: { type: 'team_join' }, seenBy: ['T0OTHER'] });
  const { event_context, authorizations } = door.events[0]!;
  expect(authorizations).toMatchObject([{ team_id: acme.id }]);
  const app = slack.client(appToken);
  const all = await app.apps.event.authorizations.list({ event_context });
  expect(all.authorizations).toMatchObject([
    { team_id: acme.id, is_bot: true, is_enterprise_install: false },
    { team_id: 'T0OTHER', enterprise_id: null },
  ]);
  const page = (part: object): Promise<AppsEventAuthorizationsListResponse & { cursor_next?: string }> =>
    app.apiCall('apps.event.authorizations.list', { event_context, ...part });
  const first = await page({ limit: 1 });
  const second = await page({ cursor: first.cursor_next });
  expect([first.authorizations, second.authorizations].flat()).toEqual(all.authorizations);
  expect(second).not.toHaveProperty('cursor_next');
});

test('an event of a workspace that was installed before its org is seen by both installations', async () => {
  await slack.install(direct);
  await slack.installedOrg(direct, [acme.id]);
  await door.count(3);
  await slack.control('POST', 'events', { team: acme.id, event: { type: 'team_join' } });
  const { event_context } = door.events.at(-1)!;
  const { authorizations } = await slack.client(appToken).apps.event.authorizations.list({ event_context });
  expect(authorizations?.map((a) => [a.team_id, a.is_enterprise_install])).toEqual([
    [null, true],
    [acme.id, false],
  ]);
});

test('no other token, context or cursor will do, and the app-level token nowhere else', async () => {
  const bot = await slack.installed(direct);
  const app = slack.client(appToken);
  expect(await refusal(bot.apps.event.authorizations.list({ event_context: 'x' }))).toBe('not_allowed_token_type');
  expect(await refusal(app.apps.event.authorizations.list({ event_context: 'x' }))).toBe('invalid_event_context');
  expect(await refusal(slack.client('xapp-2').apps.event.authorizations.list({ event_context: 'x' }))).toBe(
    'invalid_auth',
  );
  expect(await refusal(app.auth.test())).toBe('not_allowed_token_type');
  await slack.control('POST', 'events', { team: acme.id, event: { type: 'team_join' } });
  const { event_context } = door.events[0]!;
  expect(await refusal(app.apps.event.authorizations.list({ event_context, cursor: 'x' }))).toBe('invalid_cursor');
});

test('a workspace’s new name, new domain and move into an org are told', async () => {
  await slack.control('POST', 'workspaces', { id: acme.id, name: 'Apex', domain: 'apex' });
  await slack.control('POST', 'workspaces', { id: acme.id, enterpriseId: grid.id });
  await slack.control('POST', 'workspaces', { id: acme.id, name: 'Apex', enterpriseId: grid.id });
  await slack.control('POST', 'workspaces', south);
  await slack.control('POST', 'workspaces', { id: south.id, name: 'South' });
  await door.count(5);
  const untimed = door.events.map(({ event: { event_ts: _, ...event } }) => event);
  expect(untimed.filter((e) => e.type.startsWith('team')).slice(0, 2)).toEqual([
    { type: 'team_rename', name: 'Apex' },
    { type: 'team_domain_change', url: 'https://apex.slack.com', domain: 'apex' },
  ]);
  expect(untimed.filter((e) => e.type.startsWith('grid'))).toEqual([
    { type: 'grid_migration_started', enterprise_id: grid.id },
    { type: 'grid_migration_finished', enterprise_id: grid.id },
  ]);
  expect(untimed.filter((e) => e.name === 'South')).toHaveLength(1);
});
