// Files from their source into a message: real PostgreSQL, a real https server, and the stand-in for Slack.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SlackClient } from '@carillon/slack';
import type { FileOfContent } from '../../../files/open-file.ts';
import type { PreparedFiles } from './file-uploads.ts';
import { postWithFiles } from './post-with-files.ts';
import { announce, channel, complete, FilesStage, granted, inline, message, posting } from '../testing/files-stage.ts';

let stage: FilesStage;

beforeAll(async () => {
  stage = await FilesStage.start();
});
beforeEach(() => stage.reset());
afterEach(() => stage.slack.noFaults());
afterAll(() => stage?.stop());

describe('the files of a message', () => {
  test('are all in one message, whole, in their order and under their titles', async () => {
    const prepared = await stage.prepare([inline('a.txt', 'first'), stage.url('/big'), inline('c.txt', 'third')]);
    expect(prepared).toMatchObject({ kind: 'ready', notAttached: [] });
    const posted = await postWithFiles(stage.client, message(prepared), posting);
    const [only, ...others] = await stage.slack.messages(stage.team);
    expect(others).toEqual([]);
    expect(posted).toMatchObject({ kind: 'posted', ts: only?.ts });
    expect(only).toMatchObject({ channel, text: 'Three reports' });
    expect(only?.files?.map(({ name, title, size }) => [name, title, size])).toEqual([
      ['a.txt', 'a.txt', 5],
      ['big.csv', 'Numbers', 3_000_000],
      ['c.txt', 'c.txt', 5],
    ]);
    expect(await (await fetch(stage.slack.url + only?.files?.[2]?.url_private)).text()).toBe('third');
  });

  test('come with blocks, and in a thread', async () => {
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'Look' } }];
    const first = await postWithFiles(
      stage.client,
      message(await stage.prepare([inline('a.txt', 'x')]), { said: { blocks } }),
      posting,
    );
    if (first.kind !== 'posted') throw new Error(first.kind);
    stage.deliveryId = randomUUID();
    await postWithFiles(
      stage.client,
      message(await stage.prepare([inline('b.txt', 'y')]), { threadTs: first.ts! }),
      posting,
    );
    const [parent, reply] = await stage.slack.messages(stage.team);
    expect(parent).toMatchObject({ blocks: [{ text: { text: 'Look' } }], files: [{ name: 'a.txt' }] });
    expect(reply).toMatchObject({ thread_ts: first.ts, files: [{ name: 'b.txt' }] });
  });

  test('are posted although files may not be read; only the ts is not learnt', async () => {
    stage.client = await stage.workspaceWith('chat:write,files:write');
    const posted = await postWithFiles(stage.client, message(await stage.prepare([inline('a.txt', 'x')])), {
      ...posting,
      mayReadFiles: false,
    });
    expect(posted).toMatchObject({ kind: 'posted' });
    expect(posted).not.toHaveProperty('ts');
  });

  test('give no token to the upload address', async () => {
    const seen: { url: string | undefined; authorization: string | undefined; length: string | undefined }[] = [];
    const fake = createServer((request, response) => {
      seen.push({
        url: request.url,
        authorization: request.headers.authorization,
        length: request.headers['content-length'],
      });
      request.resume().on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const upload_url = `http://127.0.0.1:${(fake.address() as AddressInfo).port}/upload?k=1`;
        response.end(
          request.url === '/upload?k=1' ? 'OK - 5' : JSON.stringify({ ok: true, upload_url, file_id: 'F1' }),
        );
      });
    });
    await new Promise<void>((done) => fake.listen(0, '127.0.0.1', done));
    stage.client = new SlackClient({
      token: 'xoxb-secret',
      slackUrl: `http://127.0.0.1:${(fake.address() as AddressInfo).port}`,
      timeoutMs: 1_500,
    });
    const prepared = await stage.prepare([inline('a.txt', 'bytes')]);
    fake.closeAllConnections();
    await new Promise((done) => fake.close(done));
    expect(prepared).toMatchObject({ kind: 'ready', files: [{ id: 'F1' }] });
    expect(seen.map((each) => each.authorization)).toEqual(['Bearer xoxb-secret', undefined]);
    expect(seen[1]).toMatchObject({ url: '/upload?k=1', length: '5' });
  });
});

test('an upload that is given up is not delivered late', async () => {
  const accepted: Socket[] = [];
  const stalled = createTcpServer({ pauseOnConnect: true }, (socket) => accepted.push(socket));
  await new Promise<void>((done) => stalled.listen(0, '127.0.0.1', done));
  const upload_url = `http://127.0.0.1:${(stalled.address() as AddressInfo).port}/upload`;
  const fake = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ok: true, upload_url, file_id: 'F1' }));
  });
  await new Promise<void>((done) => fake.listen(0, '127.0.0.1', done));
  const slackUrl = `http://127.0.0.1:${(fake.address() as AddressInfo).port}`;
  const files = [stage.url('/big')];
  const client = new SlackClient({ token: 'xoxb-secret', slackUrl, timeoutMs: 1_500 });
  expect(
    await stage
      .uploads({ timeoutMs: 500 })
      .prepare({ deliveryId: stage.deliveryId, tenantId: 'acme', attempt: 1, files }, client, granted),
  ).toMatchObject({ kind: 'retry', error: 'file_upload_lost' });
  let received = 0;
  const end = await new Promise((resolve) => {
    accepted[0]!.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
    accepted[0]!.once('close', () => resolve('closed'));
    accepted[0]!.on('data', (chunk) => (received += chunk.length)).resume();
  });
  for (const socket of accepted) socket.destroy();
  fake.closeAllConnections();
  await Promise.all([stalled, fake].map((server) => new Promise((done) => server.close(done))));
  expect(end).toBe('ECONNRESET');
  expect(received).toBeLessThan(3_000_000);
});

describe('a file that cannot be attached', () => {
  test('for its own sake does not hold the message back, and is named with why', async () => {
    const prepared = await stage.prepare([
      inline('a.txt', 'x'),
      stage.url('/page'),
      { ...stage.url('/big'), url: 'https://127.0.0.1:1/x' },
      inline('empty.txt', ''),
    ]);
    expect(prepared).toEqual({
      kind: 'ready',
      files: [{ id: expect.any(String), title: 'a.txt', n: 0 }],
      notAttached: [
        {
          name: 'page.csv',
          title: 'Numbers',
          url: stage.server.url('/page'),
          why: 'The type of the file is text/html, not the declared one.',
        },
        {
          name: 'big.csv',
          title: 'Numbers',
          url: 'https://127.0.0.1:1/x',
          why: "The file's address is not on the public internet.",
        },
        { name: 'empty.txt', why: 'The file is empty.' },
      ],
    });
  });

  test('because Slack refuses it, likewise; also when Slack gives a reason that nobody knows', async () => {
    for (const value of ['file_uploads_disabled', 'brand_new_reason']) {
      stage.deliveryId = randomUUID();
      await stage.slack.faults([{ method: announce, team: stage.team, kind: 'error', value, count: 1 }]);
      expect(await stage.prepare([inline('a.txt', 'x'), inline('b.txt', 'y')])).toMatchObject({
        kind: 'ready',
        files: [{ title: 'b.txt' }],
        notAttached: [{ name: 'a.txt' }],
      });
    }
  });

  test('for now is waited for twice, and left out the third time', async () => {
    const files = [stage.url('/busy'), inline('b.txt', 'y')];
    for (const attempt of [1, 2])
      expect(await stage.prepare(files, attempt)).toMatchObject({ kind: 'retry', error: 'file_http_503' });
    expect(await stage.prepare(files, 3)).toMatchObject({
      kind: 'ready',
      files: [{ title: 'b.txt' }],
      notAttached: [{ name: 'busy.csv', why: "The file's server answered with HTTP 503." }],
    });
  });

  test('because an announcement had no answer is announced again: nothing of it was posted', async () => {
    await stage.slack.faults([{ method: announce, team: stage.team, kind: 'reset_after', count: 1 }]);
    expect(await stage.prepare([inline('a.txt', 'x')])).toMatchObject({ kind: 'retry', error: 'connection_lost' });
    expect(await stage.prepare([inline('a.txt', 'x')], 2)).toMatchObject({ kind: 'ready', notAttached: [] });
  });

  test('because the workspace does not take it when posting is told apart', async () => {
    const prepared = await stage.prepare([inline('a.txt', 'x')]);
    await stage.slack.faults([
      { method: complete, team: stage.team, kind: 'error', value: 'file_type_not_allowed', count: 1 },
    ]);
    expect(await postWithFiles(stage.client, message(prepared), posting)).toMatchObject({ kind: 'not_taken' });
  });
});

describe('what is about the installation', () => {
  test('is given back: a scope that is not granted, a token that is dead', async () => {
    stage.client = await stage.workspaceWith('chat:write');
    expect(await stage.prepare([inline('a.txt', 'x')])).toMatchObject({
      kind: 'failed',
      answer: { failure: { code: 'missing_scope', needed: 'files:write' } },
    });
    stage.client = new SlackClient({ token: 'xoxb-unknown', slackUrl: stage.slack.url, timeoutMs: 1_500 });
    expect(await stage.prepare([inline('a.txt', 'x')])).toMatchObject({
      kind: 'failed',
      answer: { failure: { code: 'invalid_auth' } },
    });
  });

  test("one tenant's slow files leave room for another's", async () => {
    const { promise: answer, resolve: letGo } = Promise.withResolvers<void>();
    stage.server.route('/slow', (_, response) => void answer.then(() => response.writeHead(404).end()));
    const uploads = stage.uploads({ atOnce: 4 });
    const prepare = (tenantId: string, file: FileOfContent): Promise<PreparedFiles> =>
      uploads.prepare({ deliveryId: randomUUID(), tenantId, attempt: 3, files: [file] }, stage.client, granted);
    const slow = Array.from({ length: 4 }, () => prepare('acme', stage.url('/slow')));
    // Two for which there is no room end at once; the others wait for the server.
    let withoutRoom = 0;
    await new Promise<void>((resolve) => {
      for (const one of slow) void one.then(({ kind }) => kind === 'wait' && ++withoutRoom === 2 && resolve());
    });
    expect(await prepare('globex', inline('a.txt', '1'))).toMatchObject({ kind: 'ready', files: [{ title: 'a.txt' }] });
    letGo();
    const ends = (await Promise.all(slow)).map(({ kind }) => kind).sort();
    expect(ends).toEqual(['ready', 'ready', 'wait', 'wait']);
  });

  test('a limit is waited for without losing what is uploaded', async () => {
    const files = [inline('a.txt', '1'), inline('b.txt', '2')];
    let tokens = 1;
    const reserve = (): number => (tokens-- > 0 ? 0 : 600);
    expect(
      await stage
        .uploads()
        .prepare({ deliveryId: stage.deliveryId, tenantId: 'acme', attempt: 1, files }, stage.client, reserve),
    ).toEqual({
      kind: 'wait',
      method: announce,
      ms: 600,
    });
    await stage.slack.faults([{ method: announce, team: stage.team, kind: 'rate_limit', value: 1, count: 1 }]);
    expect(await stage.prepare(files)).toEqual({
      kind: 'wait',
      method: announce,
      ms: 1_000,
      limitedBy: { code: 'ratelimited', advice: expect.any(String) },
    });
    expect(
      await stage
        .uploads({ atOnce: 0 })
        .prepare({ deliveryId: stage.deliveryId, tenantId: 'acme', attempt: 1, files }, stage.client, granted),
    ).toMatchObject({
      kind: 'wait',
    });
    expect(await stage.uploads().remembered(stage.deliveryId)).toEqual([
      { n: 0, id: expect.any(String), title: 'a.txt' },
    ]);
    expect(
      await postWithFiles(
        stage.client,
        { channel, files: [{ n: 0, id: 'F1', title: 'a' }], said: { text: '' } },
        { ...posting, reserve: () => 700 },
      ),
    ).toEqual({ kind: 'wait', method: complete, ms: 700 });
  });

  test('nothing is posted when the caller may no longer write', async () => {
    const prepared = await stage.prepare([inline('a.txt', 'x')]);
    const onWrite = (): void => {
      throw new Error('the lease ended');
    };
    expect(await postWithFiles(stage.client, message(prepared), { ...posting, onWrite })).toMatchObject({
      kind: 'failed',
      answer: { failure: { code: 'not_written' } },
    });
    expect(await stage.slack.messages(stage.team)).toEqual([]);
  });
});
