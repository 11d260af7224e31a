import { expect, test } from '@jest/globals';
import { refusal, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();

test('an update changes what it names and keeps the rest', async () => {
  const client = await slack.installed('chat:write');
  const metadata = { event_type: 'delivery', event_payload: { id: 'd-1' } };
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'block' } }];
  const { channel = '', ts = '' } = await client.chat.postMessage({ channel: 'U0ADA', text: 'one', blocks, metadata });
  const updated = await client.chat.update({ channel, ts, text: 'two' });
  expect(updated).toMatchObject({ ok: true, channel, ts, text: 'two' });
  expect(await slack.messages()).toMatchObject([
    { ts, text: 'two', metadata, blocks: [{ text: { text: 'block' } }], edited: { user: expect.any(String) } },
  ]);
  await client.chat.update({ channel, ts, text: 'three', blocks: [] });
  expect(await slack.messages()).toMatchObject([{ text: 'three', blocks: null }]);
});

test('an update wants the D… id, an existing message of the app’s own, and a shorter text', async () => {
  const client = await slack.installed('chat:write,chat:write.public');
  const { channel = '', ts = '' } = await client.chat.postMessage({ channel: 'U0ADA', text: 'one' });
  expect(await refusal(client.chat.update({ channel: 'U0ADA', ts, text: 'x' }))).toBe('channel_not_found');
  expect(await refusal(client.chat.update({ channel, ts: '1.000001', text: 'x' }))).toBe('message_not_found');
  expect(await refusal(client.chat.update({ channel, ts, text: 'x'.repeat(4001) }))).toBe('msg_too_long');
  // It counts bytes.
  expect(await refusal(client.chat.update({ channel, ts, text: '次'.repeat(1_334) }))).toBe('msg_too_long');
  expect(await refusal(client.chat.update({ channel, ts, text: '次'.repeat(1_333) }))).toBe('ok');
  expect(await refusal(client.chat.update({ channel, ts, text: '' }))).toBe('no_text');
  const ada = await slack.person('U0ADA', 'chat:write');
  const hers = await ada.chat.postMessage({ channel: 'C0GENERAL', text: 'mine' });
  expect(await refusal(client.chat.update({ channel: 'C0GENERAL', ts: hers.ts ?? '', text: 'x' }))).toBe(
    'cant_update_message',
  );
  expect(await refusal(client.chat.delete({ channel: 'C0GENERAL', ts: hers.ts ?? '' }))).toBe('cant_delete_message');
});

test('a deleted message is gone for Slack and a tombstone for tests', async () => {
  const client = await slack.installed('chat:write');
  const { channel = '', ts = '' } = await client.chat.postMessage({ channel: 'C0GENERAL', text: 'one' });
  await client.chat.delete({ channel, ts });
  expect(await refusal(client.chat.delete({ channel, ts }))).toBe('message_not_found');
  expect(await refusal(client.chat.update({ channel, ts, text: 'x' }))).toBe('message_not_found');
  expect(await slack.messages()).toMatchObject([{ ts, deleted: true }]);
});

test('an update of a message with files keeps the files', async () => {
  const client = await slack.installed('chat:write,files:write');
  const id = await slack.upload(client);
  await client.files.completeUploadExternal({ files: [{ id }], channel_id: 'C0GENERAL', initial_comment: 'one' });
  const ts = (await slack.messages())[0]?.ts ?? '';
  const updated = await client.chat.update({ channel: 'C0GENERAL', ts, text: 'two' });
  expect(updated.message).toMatchObject({ text: 'two', files: [{ id }] });
  expect(await slack.messages()).toMatchObject([{ text: 'two', files: [{ id }] }]);
});

test('an archived channel keeps its messages as they are', async () => {
  const client = await slack.installed('chat:write');
  const { channel = '', ts = '' } = await client.chat.postMessage({ channel: 'C0GENERAL', text: 'one' });
  const archived = { id: channel, name: 'general', archived: true };
  await slack.control('POST', 'workspaces', { id: 'T0ACME', channels: [archived] });
  expect(await refusal(client.chat.update({ channel, ts, text: 'two' }))).toBe('is_inactive');
});

test('an edit window closes for updates, not for deletions', async () => {
  const client = await slack.installed('chat:write');
  const { channel = '', ts = '' } = await client.chat.postMessage({ channel: 'C0GENERAL', text: 'one' });
  await slack.control('POST', 'limits', { editWindowSeconds: 300 });
  expect(await refusal(client.chat.update({ channel, ts, text: 'two' }))).toBe('ok');
  await slack.control('POST', 'limits', { editWindowSeconds: 0 });
  expect(await refusal(client.chat.update({ channel, ts, text: 'three' }))).toBe('edit_window_closed');
  await slack.control('POST', 'limits', { editWindowSeconds: null });
  expect(await refusal(client.chat.update({ channel, ts, text: 'three' }))).toBe('ok');
  await slack.control('POST', 'limits', { editWindowSeconds: 0 });
  expect(await refusal(client.chat.delete({ channel, ts }))).toBe('ok');
});

test('a permalink names the workspace, the channel and the message', async () => {
  const client = await slack.installed('chat:write');
  const { channel = '', ts = '' } = await client.chat.postMessage({ channel: 'C0GENERAL', text: 'one' });
  expect((await client.chat.getPermalink({ channel, message_ts: ts })).permalink).toBe(
    `https://acme.slack.com/archives/C0GENERAL/p${ts.replace('.', '')}`,
  );
});

test('a reaction is added once and removed once', async () => {
  const client = await slack.installed('chat:write,reactions:write');
  const { channel = '', ts: timestamp = '' } = await client.chat.postMessage({ channel: 'C0GENERAL', text: 'one' });
  const eyes = { channel, timestamp, name: 'eyes' };
  expect(await refusal(client.reactions.add(eyes))).toBe('ok');
  expect(await refusal(client.reactions.add(eyes))).toBe('already_reacted');
  expect(await refusal(client.reactions.remove(eyes))).toBe('ok');
  expect(await refusal(client.reactions.remove(eyes))).toBe('no_reaction');
  expect(await refusal(client.reactions.add({ ...eyes, name: 'Not a name' }))).toBe('invalid_name');
  expect(await refusal(client.reactions.add({ ...eyes, timestamp: '1.000001' }))).toBe('message_not_found');
});
