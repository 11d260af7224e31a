import { expect, test } from '@jest/globals';
import { refusal, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();
const channel = 'C0GENERAL';

async function five() {
  const client = await slack.installed('chat:write,channels:history');
  const ts: string[] = [];
  for (const text of ['1', '2', '3', '4', '5']) ts.push((await client.chat.postMessage({ channel, text })).ts ?? '');
  return { client, ts };
}

test('oldest and latest bound what is read, themselves included only when asked for', async () => {
  const { client, ts } = await five();
  const read = async (args: object) =>
    (await client.conversations.history({ channel, ...args })).messages?.map((m) => m.text);
  const range = { oldest: ts[1], latest: ts[3] };
  expect(await read(range)).toEqual(['3']);
  expect(await read({ ...range, inclusive: true })).toEqual(['4', '3', '2']);
  expect(await read({ latest: ts[2], inclusive: true, limit: 1 })).toEqual(['3']);
  expect(await read({ oldest: '99' })).toHaveLength(5);
  expect(await read({ oldest: String(Math.floor(Date.now() / 1000) + 60) })).toEqual([]);
  expect(await read({ latest: '1' })).toEqual([]);
  expect(await refusal(client.conversations.history({ channel, oldest: 'monday' }))).toBe('invalid_ts_oldest');
  expect(await refusal(client.conversations.history({ channel, latest: 'monday' }))).toBe('invalid_ts_latest');
  expect(await refusal(client.conversations.history({ channel, cursor: 'made up' }))).toBe('invalid_cursor');
});

test('a thread is read in pages from its parent on, within the bounds', async () => {
  const { client, ts } = await five();
  const parent = ts[0] ?? '';
  const replies: string[] = [];
  for (const text of ['a', 'b', 'c', 'd'])
    replies.push((await client.chat.postMessage({ channel, text, thread_ts: parent })).ts ?? '');
  const texts: (string | undefined)[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.conversations.replies({
      channel,
      ts: parent,
      limit: 2,
      ...(cursor === undefined ? {} : { cursor }),
    });
    texts.push(...(page.messages ?? []).map((m) => m.text));
    cursor = page.response_metadata?.next_cursor;
  } while (cursor);
  expect(texts).toEqual(['1', 'a', 'b', 'c', 'd']);
  const late = await client.conversations.replies({ channel, ts: parent, oldest: replies[1] ?? '' });
  expect(late.messages?.map((m) => m.text)).toEqual(['1', 'c', 'd']);
});
