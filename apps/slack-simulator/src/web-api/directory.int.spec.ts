import { expect, test } from '@jest/globals';
import type { UsersListResponse, ConversationsListResponse } from '@slack/web-api';
import { acme, direct, refusal, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();
const readAll = 'channels:read,groups:read,im:read,mpim:read,im:write,mpim:write,chat:write';

test('users.list has everybody: people, bots, the deactivated, Slackbot and the app itself', async () => {
  const { members = [] } = await (await slack.installed(direct)).users.list({});
  expect(members.map((m) => m.name)).toEqual([
    'slackbot',
    'ada.lovelace',
    'ben.miller',
    'gone.person',
    'other.bot',
    'carillon',
  ]);
  expect(members[0]).toMatchObject({ id: 'USLACKBOT', is_bot: false });
  expect(members[1]).toMatchObject({
    is_admin: true,
    tz: 'Europe/London',
    profile: { email: 'ada@acme.test', real_name: 'Ada Lovelace' },
  });
  expect(members[3]).toMatchObject({ deleted: true });
  expect(members[5]).toMatchObject({ is_bot: true });
});

test('e-mail addresses are absent without users:read.email', async () => {
  const client = await slack.installed('users:read');
  expect((await client.users.info({ user: 'U0ADA' })).user?.profile).not.toHaveProperty('email');
  expect(await refusal(client.users.lookupByEmail({ email: 'ada@acme.test' }))).toBe('missing_scope');
});

test('10,000 users come in pages that overlap nowhere, and never all at once', async () => {
  await slack.control('POST', 'workspaces', { id: acme.id, generate: { users: 10_000 } });
  const client = await slack.installed(direct);
  expect(await refusal(client.users.list({}))).toBe('limit_required');
  const seen = new Set<string>();
  let pages = 0;
  for await (const page of client.paginate('users.list', { limit: 1000 })) {
    pages += 1;
    for (const member of (page as UsersListResponse).members ?? []) seen.add(member.id ?? '');
  }
  expect(pages).toBe(11);
  expect(seen.size).toBe(10_006);
});

test('100,000 users and 20,000 channels are made in seconds, the same ones every time, of the kinds that were asked for', async () => {
  const wanted = { users: 100_000, channels: 20_000, guests: 300, bots: 200, deactivated: 100, strangers: 50 };
  await slack.control('POST', 'workspaces', { id: acme.id, generate: { ...wanted, emailDomain: 'large.test' } });
  const client = await slack.installed(`${direct},channels:read`);
  const kinds = { guests: 0, bots: 0, deactivated: 0, strangers: 0 };
  const emails = new Set<string>();
  for await (const page of client.paginate('users.list', { limit: 1000 }))
    for (const member of (page as UsersListResponse).members ?? []) {
      if (member.profile?.email?.endsWith('@large.test')) emails.add(member.profile.email);
      if (!member.real_name?.match(/ \d+$/) && !member.deleted) continue;
      if (member.is_restricted) kinds.guests += 1;
      if (member.is_bot) kinds.bots += 1;
      if (member.deleted) kinds.deactivated += 1;
      if ((member as { is_stranger?: boolean }).is_stranger) kinds.strangers += 1;
    }
  // One of the fixture's users is deactivated too.
  expect(kinds).toEqual({ guests: 300, bots: 200, deactivated: 101, strangers: 50 });
  expect(emails.size).toBe(99_800);
  expect(emails).toContain('person1@large.test');
  let channels = 0;
  for await (const page of client.paginate('conversations.list', { limit: 999 }))
    channels += ((page as ConversationsListResponse).channels ?? []).length;
  expect(channels).toBe(20_003);
}, 30_000);

test('more kinds than users are refused', async () => {
  const answer = slack.control('POST', 'workspaces', { id: acme.id, generate: { users: 1, bots: 2 } });
  await expect(answer).rejects.toThrow(
    '400 {"type":"about:blank","title":"Bad Request","status":400,"detail":"Bad input: generate.users',
  );
});

test('pages have fewer rows than asked for and repeat some, where a test wants it, and leave nobody out', async () => {
  await slack.control('POST', 'workspaces', { id: acme.id, generate: { users: 200, channels: 100 } });
  await slack.control('POST', 'limits', { shortPages: 3, repeatedRows: 2 });
  const client = await slack.installed(`${direct},channels:read`);
  const users: string[] = [];
  const sizes = new Set<number>();
  for await (const page of client.paginate('users.list', { limit: 20 })) {
    const { members = [] } = page as UsersListResponse;
    sizes.add(members.length);
    users.push(...members.map(({ id = '' }) => id));
  }
  expect([...sizes]).toEqual(expect.arrayContaining([20, 10]));
  expect(new Set(users).size).toBe(206);
  expect(users.length).toBeGreaterThan(206);
  const channels = new Set<string>();
  for await (const page of client.paginate('conversations.list', { limit: 20 }))
    for (const { id = '' } of (page as ConversationsListResponse).channels ?? []) channels.add(id);
  expect(channels.size).toBe(103);
});

test('a cursor that Slack did not give is refused', async () => {
  const client = await slack.installed(direct);
  expect(await refusal(client.users.list({ limit: 10, cursor: 'abc' }))).toBe('invalid_cursor');
});

test('lookup by e-mail ignores case, and does not find the deactivated', async () => {
  const client = await slack.installed(direct);
  expect((await client.users.lookupByEmail({ email: 'ADA@acme.test' })).user?.id).toBe('U0ADA');
  expect(await refusal(client.users.lookupByEmail({ email: 'gone@acme.test' }))).toBe('users_not_found');
  expect(await refusal(client.users.info({ user: 'U0NOBODY' }))).toBe('user_not_found');
});

test('conversations.list shows private channels only to their members', async () => {
  const client = await slack.installed(readAll);
  const names = async (args: object) => (await client.conversations.list(args)).channels?.map((c) => c.name);
  expect(await names({})).toEqual(['general', 'open', 'old']);
  expect(await names({ exclude_archived: true, types: 'public_channel,private_channel' })).toEqual([
    'general',
    'open',
    'team',
  ]);
  expect(await refusal(client.conversations.list({ types: 'everything' }))).toBe('invalid_types');
  expect(await refusal(client.conversations.list({ limit: 1000 }))).toBe('invalid_limit');
});

test('listing a type of conversation wants its scope, and says which', async () => {
  const client = await slack.installed('channels:read');
  await expect(client.conversations.list({ types: 'public_channel,im' })).rejects.toMatchObject({
    data: { error: 'missing_scope', needed: 'im:read', provided: 'channels:read' },
  });
});

test('pages of channels may be short or empty and still go on', async () => {
  const client = await slack.installed(readAll);
  const first = await client.conversations.list({ limit: 2, types: 'private_channel' });
  expect(first.channels).toEqual([]);
  expect(first.response_metadata?.next_cursor).toBeTruthy();
  const all: unknown[] = [];
  for await (const page of client.paginate('conversations.list', { limit: 2, types: 'private_channel' }))
    all.push(...((page as ConversationsListResponse).channels ?? []));
  expect(all).toHaveLength(1);
});

test('info and members tell about visible conversations only', async () => {
  const client = await slack.installed(readAll);
  expect((await client.conversations.info({ channel: 'C0GENERAL', include_num_members: true })).channel).toMatchObject({
    name: 'general',
    is_member: true,
    num_members: 3,
  });
  expect(await refusal(client.conversations.info({ channel: 'C0SECRET' }))).toBe('channel_not_found');
  expect((await client.conversations.members({ channel: 'C0TEAM' })).members).toContain('U0ADA');
});

test('joining works for public channels that are not archived', async () => {
  const client = await slack.installed('channels:join,chat:write');
  expect(await refusal(client.chat.postMessage({ channel: 'C0OPEN', text: 'hi' }))).toBe('not_in_channel');
  await client.conversations.join({ channel: 'C0OPEN' });
  expect(await refusal(client.chat.postMessage({ channel: 'C0OPEN', text: 'hi' }))).toBe('ok');
  expect(await refusal(client.conversations.join({ channel: 'C0OLD' }))).toBe('is_archived');
  expect(await refusal(client.conversations.join({ channel: 'C0TEAM' }))).toBe('method_not_supported_for_channel_type');
});

test('opening a conversation twice gives the same one', async () => {
  const client = await slack.installed(readAll);
  const first = await client.conversations.open({ users: 'U0ADA' });
  const second = await client.conversations.open({ users: 'U0ADA' });
  expect(second).toMatchObject({ channel: { id: first.channel?.id }, already_open: true, no_op: true });
  const group = await client.conversations.open({ users: 'U0ADA,U0BEN' });
  expect((await client.conversations.open({ users: 'U0BEN,U0ADA' })).channel?.id).toBe(group.channel?.id);
  expect(await refusal(client.apiCall('conversations.open'))).toBe('users_list_not_supplied');
  expect(await refusal(client.conversations.open({ users: 'U0NOBODY' }))).toBe('user_not_found');
  expect(await refusal(client.conversations.open({ users: 'U0GONE' }))).toBe('user_disabled');
  expect(await refusal(client.conversations.open({ users: 'U0ROBOT' }))).toBe('cannot_dm_bot');
});

test('team.info tells name, domain and icon to who may read it', async () => {
  expect(await refusal((await slack.installed('chat:write')).team.info())).toBe('missing_scope');
  expect((await (await slack.installed('team:read')).team.info()).team).toMatchObject({
    id: acme.id,
    name: 'Acme',
    domain: 'acme',
  });
});
