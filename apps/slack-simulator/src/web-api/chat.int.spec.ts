import { expect, test } from '@jest/globals';
import { direct, refusal, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();

test('a post to a person’s id and one to the answered D… id land in the same direct message', async () => {
  const client = await slack.installed(direct);
  const first = await client.chat.postMessage({ channel: 'U0ADA', text: 'one' });
  expect(first.channel).toMatch(/^D/);
  const second = await client.chat.postMessage({ channel: first.channel ?? '', text: 'two' });
  expect(second.channel).toBe(first.channel);
  expect((await client.conversations.open({ users: 'U0ADA' })).channel?.id).toBe(first.channel);
  expect((await slack.messages('user=U0ADA')).map((m) => m.text)).toEqual(['one', 'two']);
});

test.each([
  ['C0SECRET', 'channel_not_found'],
  ['C0OPEN', 'not_in_channel'],
  ['C0OLD', 'is_archived'],
  ['C0NOWHERE', 'channel_not_found'],
  ['U0NOBODY', 'channel_not_found'],
  ['U0GONE', 'channel_not_found'],
  ['U0ROBOT', 'cannot_dm_bot'],
  ['USLACKBOT', 'cannot_dm_bot'],
  ['C0TEAM', 'ok'],
  ['#general', 'ok'],
])('a post to %s gives %s', async (channel, expected) => {
  expect(await refusal((await slack.installed('chat:write')).chat.postMessage({ channel, text: 'hi' }))).toBe(expected);
});

test('chat:write.public posts to public channels without joining', async () => {
  const client = await slack.installed('chat:write,chat:write.public');
  expect(await refusal(client.chat.postMessage({ channel: 'C0OPEN', text: 'hi' }))).toBe('ok');
  expect(await refusal(client.chat.postMessage({ channel: 'C0SECRET', text: 'hi' }))).toBe('channel_not_found');
});

test('an open direct message still takes posts after its person was deactivated', async () => {
  const client = await slack.installed('chat:write');
  await client.chat.postMessage({ channel: 'U0BEN', text: 'before' });
  await slack.control('POST', 'workspaces', {
    id: 'T0ACME',
    users: [{ id: 'U0BEN', name: 'Ben Miller', deleted: true }],
  });
  expect(await refusal(client.chat.postMessage({ channel: 'U0BEN', text: 'after' }))).toBe('ok');
});

test('a message without content is refused, one too long is cut with a warning', async () => {
  const client = await slack.installed('chat:write');
  expect(await refusal(client.chat.postMessage({ channel: 'U0ADA', text: '' }))).toBe('no_text');
  const long = await client.chat.postMessage({ channel: 'U0ADA', text: 'x'.repeat(40_001) });
  expect(long).toMatchObject({ warning: 'message_truncated', response_metadata: { warnings: ['message_truncated'] } });
  expect(long.message?.text).toHaveLength(40_000);
});

test('blocks beyond Slack’s limits are refused with the place that is wrong', async () => {
  const client = await slack.installed('chat:write');
  const post = async (blocks: unknown) => {
    try {
      await client.apiCall('chat.postMessage', { channel: 'U0ADA', text: 'fallback', blocks });
      return 'ok';
    } catch (error) {
      const { data } = error as { data: { error: string; response_metadata?: { messages?: string[] } } };
      return [data.error, ...(data.response_metadata?.messages ?? [])];
    }
  };
  expect(await post([{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }])).toEqual([
    'invalid_blocks',
    '[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ]);
  expect(await post(Array.from({ length: 51 }, () => ({ type: 'divider' })))).toEqual([
    'invalid_blocks',
    '[ERROR] no more than 50 items allowed [json-pointer:/blocks]',
  ]);
  expect(await post('not json')).toEqual(['invalid_blocks_format']);
  expect(
    await post(
      Array.from({ length: 5 }, () => ({ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(2900) } })),
    ),
  ).toEqual(['msg_blocks_too_long']);
  expect(await post(Array.from({ length: 50 }, () => ({ type: 'divider' })))).toBe('ok');
});

test('metadata comes back with the message, and malformed metadata is refused', async () => {
  const client = await slack.installed('chat:write,im:history');
  const metadata = { event_type: 'delivery', event_payload: { id: 'd-1' } };
  const posted = await client.chat.postMessage({ channel: 'U0ADA', text: 'hi', metadata });
  const channel = posted.channel ?? '';
  const read = async (all: boolean) =>
    (await client.conversations.history({ channel, include_all_metadata: all })).messages?.[0];
  expect(await read(true)).toMatchObject({ metadata });
  expect(await read(false)).not.toHaveProperty('metadata');
  expect(await refusal(client.apiCall('chat.postMessage', { channel, text: 'x', metadata: '{"event_type":""}' }))).toBe(
    'invalid_metadata_format',
  );
});

test('a custom sender needs chat:write.customize', async () => {
  const post = { channel: 'U0ADA', text: 'hi', username: 'Reports', icon_emoji: ':bell:' };
  expect(await refusal((await slack.installed('chat:write')).chat.postMessage(post))).toBe('missing_scope');
  expect(
    (await (await slack.installed('chat:write,chat:write.customize')).chat.postMessage(post)).message,
  ).toMatchObject({ username: 'Reports' });
});

test('replies go to the parent’s thread, also when a reply is named as the parent', async () => {
  const client = await slack.installed('chat:write,channels:history');
  const channel = 'C0GENERAL';
  const parent = await client.chat.postMessage({ channel, text: 'parent' });
  const reply = await client.chat.postMessage({ channel, text: 'one', thread_ts: parent.ts ?? '' });
  await client.chat.postMessage({ channel, text: 'two', thread_ts: reply.ts ?? '' });
  expect((await client.conversations.replies({ channel, ts: parent.ts ?? '' })).messages?.map((m) => m.text)).toEqual([
    'parent',
    'one',
    'two',
  ]);
  expect((await client.conversations.history({ channel })).messages?.map((m) => m.text)).toEqual(['parent']);
  await client.chat.postMessage({ channel, text: 'all', thread_ts: parent.ts ?? '', reply_broadcast: true });
  expect((await client.conversations.history({ channel })).messages).toMatchObject([
    { text: 'all', subtype: 'thread_broadcast', thread_ts: parent.ts },
    { text: 'parent', reply_count: 3 },
  ]);
});

test('arguments that change how a message looks are taken, and repeating a client_msg_id posts again', async () => {
  const client = await slack.installed('chat:write');
  const post = { channel: 'C0GENERAL', text: '*hi*', link_names: true, parse: 'full', mrkdwn: false };
  for (let i = 0; i < 2; i++)
    await client.apiCall('chat.postMessage', { ...post, client_msg_id: '2b8e8f6e-0000-4000-8000-000000000000' });
  expect((await slack.messages()).map((m) => m.text)).toEqual(['*hi*', '*hi*']);
});

test('markdown_text stands alone, within 12,000 characters; metadata has a size', async () => {
  const client = await slack.installed('chat:write');
  const post = (args: object) => refusal(client.apiCall('chat.postMessage', { channel: 'C0GENERAL', ...args }));
  expect(await post({ markdown_text: '**hi**' })).toBe('ok');
  expect(await post({ markdown_text: '**hi**', text: 'hi' })).toBe('markdown_text_conflict');
  expect(await post({ markdown_text: 'x'.repeat(12_001) })).toBe('msg_too_long');
  const metadata = (n: number) => ({ event_type: 'delivery', event_payload: { id: 'x'.repeat(n) } });
  expect(await post({ text: 'hi', metadata: metadata(1000) })).toBe('ok');
  expect(await post({ text: 'hi', metadata: metadata(20_000) })).toBe('metadata_too_large');
});

test('history goes from new to old in pages, for members with the scope', async () => {
  const client = await slack.installed('chat:write,channels:history,groups:history');
  for (const text of ['1', '2', '3', '4', '5']) await client.chat.postMessage({ channel: 'C0GENERAL', text });
  const texts: (string | undefined)[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.conversations.history({
      channel: 'C0GENERAL',
      limit: 2,
      ...(cursor === undefined ? {} : { cursor }),
    });
    texts.push(...(page.messages ?? []).map((m) => m.text));
    cursor = page.response_metadata?.next_cursor;
  } while (cursor);
  expect(texts).toEqual(['5', '4', '3', '2', '1']);
  expect(await refusal(client.conversations.history({ channel: 'C0OPEN' }))).toBe('not_in_channel');
});

test('an ephemeral message is seen by one person and by no other reader', async () => {
  const client = await slack.installed('chat:write,channels:history');
  const channel = 'C0GENERAL';
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'parent' });
  await client.chat.postEphemeral({ channel, user: 'U0ADA', text: 'psst' });
  await client.chat.postEphemeral({ channel, user: 'U0ADA', text: 'psst', thread_ts: ts });
  const { messages = [] } = await client.conversations.history({ channel });
  expect(messages.map((m) => [m.text, m.reply_count])).toEqual([['parent', undefined]]);
  expect((await client.conversations.replies({ channel, ts })).messages).toHaveLength(1);
  expect((await slack.messages('user=U0ADA')).map((m) => m.text)).toEqual(['psst', 'psst']);
  expect(await refusal(client.chat.postEphemeral({ channel, user: 'U0ADA', text: 'x'.repeat(40_001) }))).toBe(
    'msg_too_long',
  );
  expect(await refusal(client.chat.postEphemeral({ channel: 'C0TEAM', user: 'U0BEN', text: 'x' }))).toBe(
    'user_not_in_channel',
  );
});

test.each([
  ['9,597 characters in 50 blocks', 9_597, 50, 'ok'],
  ['11,341 characters in 45 blocks', 11_341, 45, 'msg_blocks_too_long'],
])('the text budget of a message counts its blocks: %s', async (_name, characters, count, expected) => {
  const client = await slack.installed('chat:write');
  const text = (n: number) => 'x'.repeat(Math.floor((characters + n) / count));
  const blocks = Array.from({ length: count }, (_, n) => ({
    type: 'section' as const,
    text: { type: 'mrkdwn' as const, text: text(n) },
  }));
  expect(await refusal(client.chat.postMessage({ channel: 'U0ADA', text: 'x', blocks }))).toBe(expected);
});
