import { expect, test } from '@jest/globals';
import { acme, refusal, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();
const scopes = 'chat:write,mpim:write,mpim:read,im:write';

async function group(extra = '') {
  const client = await slack.installed(`${scopes}${extra}`);
  const open = async (users = 'U0ADA,U0BEN') => (await client.conversations.open({ users })).channel?.id ?? '';
  return { client, open, channel: await open() };
}

test('a group direct message takes posts, and its history wants mpim:history', async () => {
  const { client, channel } = await group();
  const { ts } = await client.chat.postMessage({ channel, text: 'hi all' });
  expect((await client.conversations.info({ channel })).channel).toMatchObject({
    is_mpim: true,
    is_private: true,
    name: 'mpdm-ada.lovelace--ben.miller-1',
  });
  await expect(client.conversations.history({ channel })).rejects.toMatchObject({ data: { error: 'missing_scope' } });
  const other = await slack.installed('channels:history');
  await expect(other.conversations.history({ channel })).rejects.toMatchObject({ data: { needed: 'mpim:history' } });
  const reader = await slack.installed('mpim:history');
  expect((await reader.conversations.history({ channel })).messages).toMatchObject([{ ts, text: 'hi all' }]);
});

test('a conversation that vanished is unknown everywhere, and opening it again gives another one', async () => {
  const { client, open, channel } = await group(',mpim:history,im:history');
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'hi all' });
  const { channel: direct = '' } = await client.chat.postMessage({ channel: 'U0ADA', text: 'hi' });
  for (const gone of [channel, direct, 'C0GENERAL'])
    await slack.control('POST', 'conversations/remove', { team: acme.id, channel: gone });
  for (const call of [
    () => client.chat.postMessage({ channel, text: 'x' }),
    () => client.chat.postMessage({ channel: direct, text: 'x' }),
    () => client.chat.postMessage({ channel: '#general', text: 'x' }),
    () => client.chat.update({ channel, ts, text: 'x' }),
    () => client.chat.delete({ channel, ts }),
    () => client.conversations.history({ channel }),
    () => client.conversations.info({ channel }),
    () => client.conversations.open({ channel }),
  ])
    expect(await refusal(call())).toBe('channel_not_found');
  expect(await open()).not.toBe(channel);
  expect((await client.chat.postMessage({ channel: 'U0ADA', text: 'again' })).channel).not.toBe(direct);
  expect(await refusal(client.conversations.info({ channel: 'C0TEAM' }))).toBe('missing_scope');
  expect((await slack.messages()).map((m) => m.text)).toEqual(['hi all', 'hi', 'again']);
});

test('the app and people are invited and removed, and posting follows', async () => {
  const client = await slack.installed('chat:write,groups:read');
  const members = (channel: string, change: object) =>
    slack.control<{ members: string[] }>('POST', 'members', { team: acme.id, channel, ...change });
  const post = (channel: string) => refusal(client.chat.postMessage({ channel, text: 'hi' }));
  await members('C0GENERAL', { remove: ['bot', 'U0ADA'] });
  await members('C0TEAM', { remove: ['bot'] });
  expect([await post('C0GENERAL'), await post('C0TEAM')]).toEqual(['not_in_channel', 'channel_not_found']);
  await members('C0GENERAL', { add: ['bot'] });
  expect((await members('C0TEAM', { add: ['bot', 'U0BEN'] })).members).toContain('U0BEN');
  expect([await post('C0GENERAL'), await post('C0TEAM')]).toEqual(['ok', 'ok']);
});

test('a group is found by the people who are in it now', async () => {
  const { open, channel } = await group();
  await slack.control('POST', 'workspaces', { id: acme.id, users: [{ id: 'U0CLEO', name: 'Cleo' }] });
  await slack.control('POST', 'members', { team: acme.id, channel, add: ['U0CLEO'] });
  expect(await open('U0CLEO,U0BEN,U0ADA')).toBe(channel);
  expect(await open()).not.toBe(channel);
});

test('a group is still there after the app was removed and installed again', async () => {
  const { channel } = await group();
  await slack.control('POST', 'uninstall', { team: acme.id });
  const again = await slack.installed(scopes);
  expect((await again.conversations.open({ users: 'U0BEN,U0ADA' })).channel?.id).toBe(channel);
  expect(await refusal(again.chat.postMessage({ channel, text: 'hi' }))).toBe('ok');
});
