import { expect, test } from '@jest/globals';
import { refusal, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();
const scopes = 'chat:write,files:write,files:read';

test('the official client’s upload shares a file, whose ts shows in files.info only', async () => {
  const client = await slack.installed(scopes);
  const uploaded = await client.filesUploadV2({
    channel_id: 'C0GENERAL',
    filename: 'report.csv',
    title: 'Report',
    initial_comment: 'Here it is',
    file: Buffer.from('a,b\n1,2\n'),
  });
  const file = (uploaded.files[0] as { files: { id: string; shares?: object }[] }).files[0];
  expect(file?.shares).toEqual({});
  const info = await client.files.info({ file: file?.id ?? '' });
  expect(info.file).toMatchObject({
    name: 'report.csv',
    title: 'Report',
    size: 8,
    shares: { public: { C0GENERAL: [{ ts: expect.any(String) }] } },
  });
  expect(await slack.messages()).toMatchObject([
    { channel: 'C0GENERAL', text: 'Here it is', files: [{ id: file?.id, mimetype: 'text/csv' }] },
  ]);
  const path = String(info.file?.url_private);
  expect(
    await (await fetch(`${slack.url}${path}`, { headers: { authorization: `Bearer ${client.token}` } })).text(),
  ).toBe('a,b\n1,2\n');
});

test('raw bytes of exactly the announced length are taken once', async () => {
  const client = await slack.installed(scopes);
  const { upload_url = '', file_id = '' } = await client.files.getUploadURLExternal({ filename: 'a.txt', length: 5 });
  expect((await fetch(upload_url, { method: 'POST', body: 'four' })).status).toBe(400);
  const right = await fetch(upload_url, { method: 'POST', body: 'fiveb' });
  expect([right.status, await right.text()]).toEqual([200, 'OK - 5']);
  expect((await fetch(upload_url, { method: 'POST', body: 'fiveb' })).status).toBe(404);
  await client.files.completeUploadExternal({ files: [{ id: file_id, title: 'A' }] });
  expect((await client.files.info({ file: file_id })).file).toMatchObject({ shares: {} });
});

test('completing wants uploaded files and a channel the app is in', async () => {
  const client = await slack.installed(scopes);
  const { upload_url = '', file_id = '' } = await client.files.getUploadURLExternal({ filename: 'a.txt', length: 1 });
  const complete = (channel_id: string) =>
    refusal(client.files.completeUploadExternal({ files: [{ id: file_id }], channel_id }));
  const { channel: direct = '' } = await client.chat.postMessage({ channel: 'U0ADA', text: 'hi' });
  expect(await complete('C0GENERAL')).toBe('file_not_found');
  await fetch(upload_url, { method: 'POST', body: 'x' });
  expect(await complete('C0OPEN')).toBe('not_in_channel');
  expect(await complete('C0SECRET')).toBe('channel_not_found');
  expect(await complete('C0OLD')).toBe('is_archived');
  expect(await complete('U0ADA')).toBe('channel_not_found');
  expect(await complete(direct)).toBe('ok');
  expect((await client.files.info({ file: file_id })).file).toMatchObject({
    ims: [direct],
    shares: { private: { [direct]: [{ ts: expect.any(String) }] } },
  });
});

test('all files come in one message per channel, with blocks, a thread and a sender of their own', async () => {
  const client = await slack.installed(`${scopes},chat:write.customize,channels:history`);
  const parent = await client.chat.postMessage({ channel: 'C0GENERAL', text: 'parent' });
  const files = [{ id: await slack.upload(client, 'a.csv') }, { id: await slack.upload(client, 'b.csv'), title: 'B' }];
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'Two *reports*' } }];
  await client.apiCall('files.completeUploadExternal', {
    files,
    channels: 'C0GENERAL,C0TEAM,C0GENERAL',
    blocks,
    thread_ts: parent.ts,
    username: 'Reports',
  });
  const shared = { blocks: [{ text: { text: 'Two *reports*' } }], username: 'Reports' };
  expect((await slack.messages()).slice(1)).toMatchObject([
    { ...shared, channel: 'C0GENERAL', thread_ts: parent.ts, files: [{ name: 'a.csv' }, { title: 'B' }] },
    { ...shared, channel: 'C0TEAM', thread_ts: null, files: [{ name: 'a.csv' }, { title: 'B' }] },
  ]);
  const { messages = [] } = await client.conversations.replies({ channel: 'C0GENERAL', ts: parent.ts ?? '' });
  expect(messages[1]).toMatchObject({
    files: [
      { name: 'a.csv', shares: {} },
      { title: 'B', shares: {} },
    ],
  });
});

test('completed files are not completed again, and a refused completion changes nothing', async () => {
  const client = await slack.installed(scopes);
  const id = await slack.upload(client);
  const complete = (args: object) =>
    refusal(client.apiCall('files.completeUploadExternal', { channel_id: 'C0GENERAL', files: [{ id }], ...args }));
  expect(await complete({ username: 'Reports' })).toBe('missing_scope');
  expect(await complete({ blocks: [{ type: 'section' }] })).toBe('invalid_blocks');
  expect(await complete({ blocks: [{ type: 'markdown', text: '**hi**' }] })).toBe('internal_error');
  const title = { type: 'plain_text', text: 'Reports' };
  expect(await complete({ blocks: [{ type: 'divider' }, { type: 'header', text: title }] })).toBe('invalid_blocks');
  expect(await complete({ blocks: [{ type: 'context', elements: [title] }] })).toBe('invalid_blocks');
  expect(await complete({ files: [{ id, title: 'New' }, { id: 'F0NOWHERE' }] })).toBe('file_not_found');
  expect(await complete({ channel_id: undefined, channels: 'C0GENERAL,C0OPEN' })).toBe('not_in_channel');
  expect(await complete({ channel_id: undefined, channels: Array(101).fill('C0GENERAL').join(',') })).toBe(
    'channels_limit_exceeded',
  );
  const ada = await slack.person('U0ADA', 'files:write');
  expect(await refusal(ada.files.completeUploadExternal({ files: [{ id }] }))).toBe('access_denied');
  expect(await slack.messages()).toEqual([]);
  expect(await complete({ initial_comment: 'hi', blocks: 'ignored beside a comment' })).toBe('ok');
  expect(await complete({})).toBe('file_not_found');
  expect(await slack.messages()).toMatchObject([{ text: 'hi', files: [{ id, title: 'a.txt' }] }]);
});

test('shares may show later than the message itself', async () => {
  await slack.control('POST', 'limits', { fileShareDelayMs: 400 });
  const client = await slack.installed(scopes);
  const file = await slack.upload(client);
  await client.files.completeUploadExternal({ files: [{ id: file }], channel_id: 'C0GENERAL' });
  expect(await slack.messages()).toHaveLength(1);
  const shares = async () => (await client.files.info({ file })).file?.shares;
  expect(await shares()).toEqual({});
  while ((await shares())?.public === undefined);
  expect(await shares()).toMatchObject({ public: { C0GENERAL: [{ ts: (await slack.messages())[0]?.ts }] } });
});

test('a file larger than allowed gets no upload URL', async () => {
  await slack.control('POST', 'limits', { fileBytes: 10 });
  const client = await slack.installed(scopes);
  const announce = (length: number) => refusal(client.files.getUploadURLExternal({ filename: 'a.txt', length }));
  expect([await announce(10), await announce(11)]).toEqual(['ok', 'file_upload_size_restricted']);
});
