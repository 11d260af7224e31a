import { expect, test } from '@jest/globals';
import { Faults } from './faults.ts';
import { acme, direct, refusal, useSimulator } from './testing/fixture.ts';

const slack = useSimulator();
const hi = { channel: 'U0ADA', text: 'hi' };

test('rate_limit answers 429 with the wanted Retry-After and blocks the method as long', async () => {
  const client = await slack.installed(direct);
  await slack.control('POST', 'faults', [{ method: 'chat.postMessage', kind: 'rate_limit', value: 7, count: 1 }]);
  await expect(client.chat.postMessage(hi)).rejects.toMatchObject({ retryAfter: 7 });
  await expect(client.chat.postMessage(hi)).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error' });
  expect(await refusal(client.auth.test())).toBe('ok');
});

test('http_500 fails before the message is posted, or after it with `after`', async () => {
  const client = await slack.installed(direct);
  await slack.control('POST', 'faults', [{ kind: 'http_500', count: 1 }]);
  await expect(client.chat.postMessage(hi)).rejects.toMatchObject({ statusCode: 500 });
  expect(await slack.messages()).toHaveLength(0);
  await slack.control('POST', 'faults', [{ kind: 'http_500', value: 503, after: true, count: 1 }]);
  await expect(client.chat.postMessage(hi)).rejects.toMatchObject({ statusCode: 503 });
  expect(await slack.messages()).toHaveLength(1);
});

test('error answers the wanted code; with `after` the message is posted all the same', async () => {
  const client = await slack.installed(direct);
  await slack.control('POST', 'faults', { kind: 'error', value: 'fatal_error', method: 'chat.postMessage', count: 1 });
  expect(await refusal(client.chat.postMessage(hi))).toBe('fatal_error');
  expect(await slack.messages()).toHaveLength(0);
  await slack.control('POST', 'faults', { kind: 'error', value: 'internal_error', after: true, count: 1 });
  expect(await refusal(client.chat.postMessage(hi))).toBe('internal_error');
  expect(await slack.messages()).toHaveLength(1);
});

test('timeout_before keeps the client waiting and posts nothing; timeout_after has posted', async () => {
  const token = await slack.install(direct);
  const hasty = slack.client(token, { timeout: 100 });
  await slack.control('POST', 'faults', [{ kind: 'timeout_before', value: 5000, count: 1 }]);
  expect(await refusal(hasty.chat.postMessage(hi))).toBe('slack_webapi_request_error');
  expect(await slack.messages()).toHaveLength(0);
  await slack.control('POST', 'faults', [{ kind: 'timeout_after', value: 5000, count: 1 }]);
  expect(await refusal(hasty.chat.postMessage(hi))).toBe('slack_webapi_request_error');
  expect(await slack.messages()).toHaveLength(1);
});

test('a held answer comes when its time is over, and holds up nobody else', async () => {
  const client = await slack.installed(direct);
  await slack.control('POST', 'faults', [{ kind: 'timeout_after', value: 300, count: 1 }]);
  const order: string[] = [];
  await Promise.all([
    client.chat.postMessage(hi).then(() => order.push('held')),
    (async () => {
      while ((await slack.messages()).length === 0);
      await client.auth.test();
      order.push('free');
    })(),
  ]);
  expect(order).toEqual(['free', 'held']);
});

test('reset_before cuts the connection with nothing posted, reset_after with the message posted', async () => {
  const client = await slack.installed(direct);
  await slack.control('POST', 'faults', [{ kind: 'reset_before', count: 1 }]);
  expect(await refusal(client.chat.postMessage(hi))).toBe('slack_webapi_request_error');
  expect(await slack.messages()).toHaveLength(0);
  await slack.control('POST', 'faults', [{ kind: 'reset_after', count: 1 }]);
  expect(await refusal(client.chat.postMessage(hi))).toBe('slack_webapi_request_error');
  expect(await slack.messages()).toHaveLength(1);
  expect(await slack.control('GET', 'requests?method=chat.postMessage')).toMatchObject({
    items: [
      { fault: 'reset_before', ok: false },
      { fault: 'reset_after', ok: true, status: 0 },
    ],
  });
});

/** Every fault that lets a method take effect and loses its answer, with the least time it is held for. */
const lost = [
  { kind: 'timeout_after', value: 5000 },
  { kind: 'reset_after' },
  { kind: 'http_500', value: 503, after: true },
  { kind: 'error', value: 'internal_error', after: true },
];

test.each(lost)('update, delete and file sharing take effect with %j, and the answer is lost', async (fault) => {
  const token = await slack.install('chat:write,files:write');
  const client = slack.client(token);
  const hasty = slack.client(token, { timeout: 300 });
  const { channel = '', ts = '' } = await client.chat.postMessage(hi);
  const id = await slack.upload(client);
  const injectFault = (method: string) => slack.control('POST', 'faults', { ...fault, method, count: 1 });
  await injectFault('chat.update');
  expect(await refusal(hasty.chat.update({ channel, ts, text: 'new' }))).not.toBe('ok');
  expect(await slack.messages()).toMatchObject([{ text: 'new' }]);
  await injectFault('chat.delete');
  expect(await refusal(hasty.chat.delete({ channel, ts }))).not.toBe('ok');
  expect(await slack.messages()).toMatchObject([{ deleted: true }]);
  await injectFault('files.completeUploadExternal');
  expect(await refusal(hasty.files.completeUploadExternal({ files: [{ id }], channel_id: channel }))).not.toBe('ok');
  expect((await slack.messages())[1]).toMatchObject({ files: [{ id }] });
});

test('a fault that loses answers waits for a call that takes effect', async () => {
  const client = await slack.installed(direct);
  await slack.control('POST', 'faults', [{ kind: 'reset_after', method: 'chat.postMessage', count: 1 }]);
  expect(await refusal(client.chat.postMessage({ channel: 'C0NOWHERE', text: 'hi' }))).toBe('channel_not_found');
  expect(await refusal(client.chat.postMessage(hi))).toBe('slack_webapi_request_error');
  expect(await slack.messages()).toHaveLength(1);
});

test('an upload fails as a method does: before, and the URL is still good; after, and the bytes are there', async () => {
  const client = await slack.installed('files:write,files:read');
  const { upload_url = '', file_id = '' } = await client.files.getUploadURLExternal({ filename: 'a.txt', length: 1 });
  const upload = (body = 'x') =>
    fetch(upload_url, { method: 'POST', body, signal: AbortSignal.timeout(300) }).then(
      (r) => r.status,
      () => 'lost',
    );
  await slack.control('POST', 'faults', [
    { kind: 'http_500', value: 503, method: 'upload', count: 1 },
    { kind: 'reset_before', method: 'upload', count: 1 },
    { kind: 'timeout_before', method: 'upload', count: 1 },
    { kind: 'timeout_after', method: 'upload', count: 1 },
  ]);
  expect(await upload()).toBe(503);
  expect(await upload()).toBe('lost');
  expect(await upload()).toBe('lost');
  expect(await upload('too long')).toBe(400);
  expect(await refusal(client.files.completeUploadExternal({ files: [{ id: file_id }] }))).toBe('file_not_found');
  expect(await upload()).toBe('lost');
  expect(await upload()).toBe(404);
  expect(await refusal(client.files.completeUploadExternal({ files: [{ id: file_id }] }))).toBe('ok');
  expect(await slack.control('GET', `requests?method=upload&team=${acme.id}`)).toMatchObject({
    byMethod: { upload: { ok: 1, errors: 4 } },
    items: [
      { status: 503, ok: false, fault: 'http_500' },
      { status: 0, ok: false, fault: 'reset_before' },
      { status: 504, ok: false, fault: 'timeout_before' },
      { status: 400, ok: false },
      { status: 200, ok: true, fault: 'timeout_after' },
    ],
  });
});

test('faults apply only to their method and workspace, and DELETE ends them', async () => {
  const client = await slack.installed(direct);
  await slack.control('POST', 'faults', [
    { method: 'users.list', kind: 'error', value: 'fatal_error' },
    { team: 'T0OTHER', kind: 'error', value: 'fatal_error' },
  ]);
  expect(await refusal(client.chat.postMessage(hi))).toBe('ok');
  expect(await refusal(client.users.list({ limit: 1 }))).toBe('fatal_error');
  await slack.control('DELETE', 'faults');
  expect(await refusal(client.users.list({ limit: 1 }))).toBe('ok');
});

test('a seeded probability rolls the same way every time', () => {
  const roll = () => {
    const faults = new Faults();
    faults.add([{ kind: 'error', probability: 0.3, seed: 42 }]);
    return Array.from({ length: 200 }, () => faults.fire('chat.postMessage', acme.id) !== undefined);
  };
  const first = roll();
  expect(roll()).toEqual(first);
  const share = first.filter(Boolean).length / first.length;
  expect(share).toBeGreaterThan(0.2);
  expect(share).toBeLessThan(0.4);
});
