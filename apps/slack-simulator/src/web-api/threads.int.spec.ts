import { expect, test } from '@jest/globals';
import { refusal, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();
const channel = 'C0GENERAL';

async function thread() {
  const client = await slack.installed('chat:write,channels:history');
  const post = async (text: string, thread_ts?: string) =>
    (await client.chat.postMessage({ channel, text, ...(thread_ts === undefined ? {} : { thread_ts }) })).ts ?? '';
  const parent = await post('parent');
  return { client, post, parent, reply: await post('reply', parent) };
}

test('a parent that is deleted leaves a tombstone for as long as it has replies', async () => {
  const { client, parent, reply } = await thread();
  await client.chat.delete({ channel, ts: parent });
  const tombstone = {
    subtype: 'tombstone',
    user: 'USLACKBOT',
    text: 'This message was deleted.',
    ts: parent,
    thread_ts: parent,
    reply_count: 1,
    latest_reply: reply,
  };
  expect((await client.conversations.history({ channel })).messages).toMatchObject([tombstone]);
  expect((await client.conversations.replies({ channel, ts: parent })).messages).toMatchObject([
    tombstone,
    { text: 'reply', thread_ts: parent },
  ]);
  expect(await refusal(client.chat.update({ channel, ts: parent, text: 'x' }))).toBe('cant_update_message');
  expect(await refusal(client.chat.delete({ channel, ts: parent }))).toBe('cant_delete_message');
  await client.chat.delete({ channel, ts: reply });
  expect((await client.conversations.history({ channel })).messages).toEqual([]);
  expect(await refusal(client.conversations.replies({ channel, ts: parent }))).toBe('thread_not_found');
  expect(await refusal(client.chat.delete({ channel, ts: parent }))).toBe('message_not_found');
});

test('a thread goes on under a tombstone', async () => {
  const { client, post, parent } = await thread();
  await client.chat.delete({ channel, ts: parent });
  await post('late', parent);
  const { messages = [] } = await client.conversations.replies({ channel, ts: parent });
  expect(messages.map((m) => m.text)).toEqual(['This message was deleted.', 'reply', 'late']);
});

test('a reply whose parent is gone comes out in the channel, and only its missing thread_ts tells', async () => {
  const { client, parent, reply } = await thread();
  await client.chat.delete({ channel, ts: reply });
  await client.chat.delete({ channel, ts: parent });
  for (const thread_ts of [parent, reply, '1.000001']) {
    const { message } = await client.chat.postMessage({ channel, text: 'late', thread_ts });
    expect(message).not.toHaveProperty('thread_ts');
  }
  expect((await client.conversations.history({ channel })).messages).toHaveLength(3);
  expect(await refusal(client.chat.postMessage({ channel, text: 'x', thread_ts: 'yesterday' }))).toBe(
    'invalid_thread_ts',
  );
});
