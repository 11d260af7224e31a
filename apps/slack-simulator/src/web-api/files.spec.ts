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
  expect(await complete('C0GENERAL')).toBe('file_not_found');
  await fetch(upload_url, { method: 'POST', body: 'x' });
  expect(await complete('C0OPEN')).toBe('not_in_channel');
  expect(await complete('C0SECRET')).toBe('channel_not_found');
  expect(await complete('C0TEAM')).toBe('ok');
});
