import { expect, test } from '@jest/globals';
import { acme, grid, refusal, south, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();
const scopes =
  'chat:write,chat:write.public,im:write,users:read,users:read.email,channels:read,channels:history,team:read,files:write,reactions:write';

test('auth.test answers the org, and auth.teams.list its covered workspaces in pages', async () => {
  const client = await slack.installedOrg(scopes);
  expect(await client.auth.test()).toMatchObject({
    is_enterprise_install: true,
    enterprise_id: grid.id,
    team_id: grid.id,
    team: grid.name,
    url: 'https://acme-group.enterprise.slack.com/',
    bot_id: expect.stringMatching(/^B/),
  });
  const first = await client.auth.teams.list({ limit: 1, include_icon: true });
  expect(first.teams).toMatchObject([{ id: acme.id, name: 'Acme', icon: { image_34: expect.any(String) } }]);
  const rest = await client.auth.teams.list({ cursor: first.response_metadata?.next_cursor ?? '' });
  expect([rest.teams, rest.response_metadata?.next_cursor]).toEqual([[{ id: south.id, name: 'Acme South' }], '']);
  expect(await refusal(client.auth.teams.list({ limit: 1001 }))).toBe('invalid_limit');
});

test('a workspace’s token has its own workspace alone, and ignores team_id', async () => {
  const client = await slack.installed(scopes);
  expect((await client.auth.teams.list()).teams).toEqual([{ id: acme.id, name: 'Acme' }]);
  expect(await refusal(client.users.list({ team_id: 'T0NOWHERE' }))).toBe('ok');
});

test.each(['users.list', 'conversations.list', 'users.conversations', 'bots.info'])(
  '%s needs the team_id of a covered workspace',
  async (method) => {
    const client = await slack.installedOrg(scopes, [acme.id]);
    expect(await refusal(client.apiCall(method))).toBe('missing_argument');
    expect(await refusal(client.apiCall(method, { team_id: south.id }))).toBe('team_access_not_granted');
    expect(await refusal(client.apiCall(method, { team_id: acme.id }))).toBe('ok');
  },
);

test('people and conversations are found by their ids in whichever covered workspace has them', async () => {
  const client = await slack.installedOrg(scopes);
  const { channel = '', ts = '' } = await client.chat.postMessage({ channel: 'C0SOUTH', text: 'to a channel' });
  await client.chat.postMessage({ channel: 'U0SUE', text: 'to a person' });
  await client.chat.postMessage({ channel: 'C0GENERAL', text: 'to the other workspace' });
  expect((await slack.messages(`team=${south.id}`)).map((m) => m.text)).toEqual(['to a channel', 'to a person']);
  expect(await refusal(client.chat.update({ channel, ts, text: 'changed' }))).toBe('ok');
  expect(await refusal(client.reactions.add({ channel, timestamp: ts, name: 'eyes' }))).toBe('ok');
  expect((await client.conversations.history({ channel })).messages).toMatchObject([{ text: 'changed' }]);
  expect((await client.users.info({ user: 'U0SUE' })).user).toMatchObject({ team_id: south.id });
  expect((await client.users.lookupByEmail({ email: 'sue@acme.test' })).user?.id).toBe('U0SUE');
  expect((await client.team.info({ team: south.id })).team).toMatchObject({ domain: south.domain });
  const view = { type: 'home' as const, blocks: [] };
  expect(await refusal(client.views.publish({ user_id: 'U0SUE', view }))).toBe('ok');
  const files = [{ id: await slack.upload(client) }] as [{ id: string }];
  expect(await refusal(client.files.completeUploadExternal({ files, channel_id: 'C0SOUTH' }))).toBe('ok');
});

test('the bot is one user in all covered workspaces', async () => {
  const client = await slack.installedOrg(scopes);
  const { user_id, bot_id } = await client.auth.test();
  const sent = await client.chat.postMessage({ channel: 'C0SOUTH', text: 'hi' });
  expect(sent.message).toMatchObject({ user: user_id, bot_id, team: south.id });
  for (const team_id of [acme.id, south.id])
    expect((await client.users.list({ team_id })).members?.filter((m) => m.id === user_id)).toHaveLength(1);
  expect((await client.users.info({ user: 'U0ADA' })).user?.enterprise_user?.teams).toEqual([acme.id, south.id]);
});

test('a channel’s name says nothing without its workspace', async () => {
  const client = await slack.installedOrg(scopes);
  expect(await refusal(client.chat.postMessage({ channel: '#general', text: 'hi' }))).toBe('team_not_found');
  expect(await refusal(client.chat.postMessage({ channel: 'general', text: 'hi' }))).toBe('team_not_found');
  expect(await refusal(client.chat.postMessage({ channel: 'C0NOWHERE', text: 'hi' }))).toBe('channel_not_found');
});

test('limits and counts are those of the workspace that the call is about', async () => {
  const client = await slack.installedOrg(scopes);
  await slack.control('POST', 'limits', { methods: { 'users.list': 1 } });
  const codes = [];
  for (const team_id of [acme.id, south.id, south.id]) codes.push(await refusal(client.users.list({ team_id })));
  expect(codes).toEqual(['ok', 'ok', 'slack_webapi_rate_limited_error']);
  expect(await slack.control('GET', `requests?team=${south.id}&method=users.list&items=false`)).toMatchObject({
    total: 2,
  });
});

test('the token of a workspace from before goes on beside the org’s', async () => {
  const before = await slack.installed(scopes);
  const client = await slack.installedOrg(scopes);
  const [own, org] = await Promise.all([before.auth.test(), client.auth.test()]);
  expect(own.user_id).not.toBe(org.user_id);
  for (const each of [before, client])
    expect(await refusal(each.chat.postMessage({ channel: 'C0GENERAL', text: 'hi' }))).toBe('ok');
  expect(new Set((await slack.messages('channel=C0GENERAL')).map((m) => m.author))).toEqual(
    new Set([own.user_id, org.user_id]),
  );
});
