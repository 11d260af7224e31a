// Files from their source into a message: real PostgreSQL, a real https server, and the stand-in for Slack.
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { closeConnections, SlackClient } from '@carillon/slack';
import { checkpointChannel } from '@carillon/telemetry';
import { migrations } from '../database/migrations/index.ts';
import { FileUploads, type FileUploadsSettings, type PreparedFiles } from './file-uploads.ts';
import { fileOpener, type FileOfContent, type OpenFile } from './open-file.ts';
import { findPosted, postWithFiles, type MessageWithFiles } from './post-with-files.ts';
import { forgetUploads } from './remembered-uploads.ts';
import { fileServer, type FileServer } from './testing/file-server.ts';
import { SlackSimulator } from '@carillon/slack-testing';

const announce = 'files.getUploadURLExternal';
const complete = 'files.completeUploadExternal';
const channel = 'C0REPORTS';
const granted = () => 0;
const inline = (name: string, text: string): FileOfContent => ({
  name,
  contentType: 'text/plain',
  base64: Buffer.from(text).toString('base64'),
});

let database: TestDatabase;
let pool: Pool;
let slack: SlackSimulator;
let server: FileServer;
let team: string;
let deliveryId: string;
let client: SlackClient;

const open: OpenFile = (file, signal) =>
  fileOpener({ mostBytes: 10_000_000, timeoutMs: 5_000, trustedHosts: [server.host] })(file, signal);
/** What a process has in hand; another call is another process. */
const uploads = (settings: Partial<FileUploadsSettings> = {}) =>
  new FileUploads(pool, open, { atOnce: 4, timeoutMs: 5_000, ...settings });
const prepare = (files: readonly FileOfContent[], attempt = 1) =>
  uploads().prepare({ deliveryId, attempt, files }, client, granted);
const message = (prepared: PreparedFiles, over: Partial<MessageWithFiles> = {}): MessageWithFiles => {
  if (prepared.kind !== 'ready') throw new Error(JSON.stringify(prepared));
  return { channel, files: prepared.files, said: { text: 'Three reports' }, ...over };
};
const posting = { reserve: granted, mayReadFiles: true };
const url = (path: string): FileOfContent => ({
  name: `${path.slice(1)}.csv`,
  contentType: 'text/csv',
  url: server.url(path),
  title: 'Numbers',
});
const workspaceWith = async (scopes: string): Promise<SlackClient> => {
  team = `T${randomUUID().slice(0, 8).toUpperCase()}`;
  await slack.workspace({
    id: team,
    name: team,
    users: [{ name: 'ada', admin: true }],
    channels: [{ id: channel, name: 'reports', members: ['bot'] }],
  });
  const token = await slack.install(team, scopes);
  return new SlackClient({ token, slackUrl: slack.url, timeoutMs: 1_500 });
};

beforeAll(async () => {
  [database, slack, server] = await Promise.all([createTestDatabase(), SlackSimulator.start(), fileServer()]);
  await migrate(createDataSource({ url: database.url, entities: [], migrations, applicationName: 'spec' }));
  pool = createPool(database.url);
  await slack.limits({ channelPerSecond: null });
  const big = Buffer.alloc(3_000_000, 'carillon ');
  server.route('/big', (_, response) => response.writeHead(200, { 'content-type': 'text/csv' }).end(big));
  server.route('/page', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'));
  server.route('/busy', (_, response) => response.writeHead(503).end());
});

beforeEach(async () => {
  deliveryId = randomUUID();
  client = await workspaceWith('chat:write,files:write,files:read');
});

afterEach(() => slack.noFaults());

afterAll(async () => {
  await closeConnections();
  slack.stop();
  await server.stop();
  await pool.end();
  await database.drop();
});

describe('the files of a message', () => {
  test('are all in one message, whole, in their order and under their titles', async () => {
    const prepared = await prepare([inline('a.txt', 'first'), url('/big'), inline('c.txt', 'third')]);
    expect(prepared).toMatchObject({ kind: 'ready', notAttached: [] });
    const posted = await postWithFiles(client, message(prepared), posting);
    const [only, ...others] = await slack.messages(team);
    expect(others).toEqual([]);
    expect(posted).toMatchObject({ kind: 'posted', ts: only?.ts });
    expect(only).toMatchObject({ channel, text: 'Three reports' });
    expect(only?.files?.map(({ name, title, size }) => [name, title, size])).toEqual([
      ['a.txt', 'a.txt', 5],
      ['big.csv', 'Numbers', 3_000_000],
      ['c.txt', 'c.txt', 5],
    ]);
    expect(await (await fetch(slack.url + only?.files?.[2]?.url_private)).text()).toBe('third');
  });

  test('come with blocks, and in a thread', async () => {
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'Look' } }];
    const first = await postWithFiles(
      client,
      message(await prepare([inline('a.txt', 'x')]), { said: { blocks } }),
      posting,
    );
    if (first.kind !== 'posted') throw new Error(first.kind);
    deliveryId = randomUUID();
    await postWithFiles(client, message(await prepare([inline('b.txt', 'y')]), { threadTs: first.ts! }), posting);
    const [parent, reply] = await slack.messages(team);
    expect(parent).toMatchObject({ blocks: [{ text: { text: 'Look' } }], files: [{ name: 'a.txt' }] });
    expect(reply).toMatchObject({ thread_ts: first.ts, files: [{ name: 'b.txt' }] });
  });

  test('are posted although files may not be read; only the ts is not learnt', async () => {
    client = await workspaceWith('chat:write,files:write');
    const posted = await postWithFiles(client, message(await prepare([inline('a.txt', 'x')])), {
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
    client = new SlackClient({
      token: 'xoxb-secret',
      slackUrl: `http://127.0.0.1:${(fake.address() as AddressInfo).port}`,
      timeoutMs: 1_500,
    });
    const prepared = await prepare([inline('a.txt', 'bytes')]);
    fake.closeAllConnections();
    await new Promise((done) => fake.close(done));
    expect(prepared).toMatchObject({ kind: 'ready', files: [{ id: 'F1' }] });
    expect(seen.map((each) => each.authorization)).toEqual(['Bearer xoxb-secret', undefined]);
    expect(seen[1]).toMatchObject({ url: '/upload?k=1', length: '5' });
  });
});

describe('a crash', () => {
  test('between two uploads costs no upload and no second message', async () => {
    const crash = new AbortController();
    const atFirst = (): void => crash.abort();
    const files = [inline('a.txt', '1'), inline('b.txt', '2'), inline('c.txt', '3')];
    subscribe(checkpointChannel('file.uploaded'), atFirst);
    const cut = await uploads().prepare({ deliveryId, attempt: 1, files }, client, granted, crash.signal);
    unsubscribe(checkpointChannel('file.uploaded'), atFirst);
    expect(cut).toMatchObject({ kind: 'wait' });
    expect(await uploads().remembered(deliveryId)).toHaveLength(1);
    await postWithFiles(client, message(await prepare(files, 2)), posting);
    expect((await slack.requests(team, announce)).ok).toBe(3);
    expect((await slack.messages(team)).map((each) => each.files?.map(({ name }) => name))).toEqual([
      ['a.txt', 'b.txt', 'c.txt'],
    ]);
  });

  test('between uploading and posting is found out: nothing was posted, and the same files are', async () => {
    const files = [inline('a.txt', '1'), url('/big')];
    await prepare(files);
    const held = await uploads().remembered(deliveryId);
    expect(
      await findPosted(
        client,
        held.map(({ id }) => id),
        channel,
        () => 0,
      ),
    ).toEqual({ kind: 'absent' });
    await postWithFiles(client, message(await prepare(files, 2)), posting);
    expect((await slack.requests(team, announce)).ok).toBe(2);
    expect((await slack.messages(team)).flatMap((each) => each.files?.map(({ id }) => id) ?? [])).toEqual(
      held.map(({ id }) => id),
    );
  });

  test.each(['timeout_after', 'reset_after'])(
    'of the answer (%s) is found out by the files, and posting again posts nothing',
    async (kind) => {
      const prepared = await prepare([inline('a.txt', '1'), inline('b.txt', '2')]);
      await slack.faults([
        { method: complete, team, kind, count: 1, ...(kind === 'timeout_after' && { value: 3_000 }) },
      ]);
      expect(await postWithFiles(client, message(prepared), posting)).toMatchObject({
        kind: 'failed',
        answer: { failure: { sent: 'maybe' } },
      });
      const [only] = await slack.messages(team);
      const ids = (await uploads().remembered(deliveryId)).map(({ id }) => id);
      expect(await findPosted(client, ids, channel, () => 0)).toEqual({ kind: 'found', ts: only?.ts });
      expect(
        await postWithFiles(client, message(await prepare([inline('a.txt', '1'), inline('b.txt', '2')], 2)), posting),
      ).toMatchObject({ kind: 'posted', ts: only?.ts });
      expect(await slack.messages(team)).toHaveLength(1);
    },
  );

  test('leaves no doubt that is not told: without files:read nobody can know, and a limited look-up comes later', async () => {
    const prepared = await prepare([inline('a.txt', '1')]);
    await postWithFiles(client, message(prepared), posting);
    const ids = message(prepared).files.map(({ id }) => id);
    await slack.faults([{ method: 'files.info', team, kind: 'rate_limit', value: 1, count: 1 }]);
    expect(await findPosted(client, ids, channel, () => 0)).toEqual({
      kind: 'later',
      afterMs: 1_000,
      limited: 'files.info',
    });
    await slack.noFaults();
    const blind = await workspaceWith('chat:write,files:write');
    expect(await findPosted(blind, ids, channel, () => 0)).toEqual({ kind: 'cannot_know' });
  });

  test('of a process that is alive after all: two at once post once', async () => {
    const files = [inline('a.txt', '1'), inline('b.txt', '2')];
    const both = Promise.withResolvers<void>();
    let arrived = 0;
    const together: OpenFile = async (file) => {
      if (++arrived === 2) both.resolve();
      await both.promise;
      return open(file);
    };
    const process = () =>
      new FileUploads(pool, together, { atOnce: 4, timeoutMs: 5_000 }).prepare(
        { deliveryId, attempt: 1, files },
        client,
        granted,
      );
    const [one, two] = await Promise.all([process(), process()]);
    expect(message(one).files).toEqual(message(two).files);
    await Promise.all([postWithFiles(client, message(one), posting), postWithFiles(client, message(two), posting)]);
    expect(await slack.messages(team)).toHaveLength(1);
  });
});

describe('a file that cannot be attached', () => {
  test('for its own sake does not hold the message back, and is named with why', async () => {
    const prepared = await prepare([
      inline('a.txt', 'x'),
      url('/page'),
      { ...url('/big'), url: 'https://127.0.0.1:1/x' },
      inline('empty.txt', ''),
    ]);
    expect(prepared).toEqual({
      kind: 'ready',
      files: [{ id: expect.any(String), title: 'a.txt' }],
      notAttached: [
        {
          name: 'page.csv',
          title: 'Numbers',
          url: server.url('/page'),
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
      deliveryId = randomUUID();
      await slack.faults([{ method: announce, team, kind: 'error', value, count: 1 }]);
      expect(await prepare([inline('a.txt', 'x'), inline('b.txt', 'y')])).toMatchObject({
        kind: 'ready',
        files: [{ title: 'b.txt' }],
        notAttached: [{ name: 'a.txt' }],
      });
    }
  });

  test('for now is waited for twice, and left out the third time', async () => {
    const files = [url('/busy'), inline('b.txt', 'y')];
    for (const attempt of [1, 2])
      expect(await prepare(files, attempt)).toMatchObject({ kind: 'retry', error: 'file_http_503' });
    expect(await prepare(files, 3)).toMatchObject({
      kind: 'ready',
      files: [{ title: 'b.txt' }],
      notAttached: [{ name: 'busy.csv', why: "The file's server answered with HTTP 503." }],
    });
  });

  test('because an announcement had no answer is announced again: nothing of it was posted', async () => {
    await slack.faults([{ method: announce, team, kind: 'reset_after', count: 1 }]);
    expect(await prepare([inline('a.txt', 'x')])).toMatchObject({ kind: 'retry', error: 'connection_lost' });
    expect(await prepare([inline('a.txt', 'x')], 2)).toMatchObject({ kind: 'ready', notAttached: [] });
  });

  test('because the workspace does not take it when posting is told apart', async () => {
    const prepared = await prepare([inline('a.txt', 'x')]);
    await slack.faults([{ method: complete, team, kind: 'error', value: 'file_type_not_allowed', count: 1 }]);
    expect(await postWithFiles(client, message(prepared), posting)).toMatchObject({ kind: 'not_taken' });
  });
});

describe('what is about the installation', () => {
  test('is given back: a scope that is not granted, a token that is dead', async () => {
    client = await workspaceWith('chat:write');
    expect(await prepare([inline('a.txt', 'x')])).toMatchObject({
      kind: 'failed',
      answer: { failure: { code: 'missing_scope', needed: 'files:write' } },
    });
    client = new SlackClient({ token: 'xoxb-unknown', slackUrl: slack.url, timeoutMs: 1_500 });
    expect(await prepare([inline('a.txt', 'x')])).toMatchObject({
      kind: 'failed',
      answer: { failure: { code: 'invalid_auth' } },
    });
  });

  test('a limit is waited for without losing what is uploaded', async () => {
    const files = [inline('a.txt', '1'), inline('b.txt', '2')];
    let tokens = 1;
    const reserve = (): number => (tokens-- > 0 ? 0 : 600);
    expect(await uploads().prepare({ deliveryId, attempt: 1, files }, client, reserve)).toEqual({
      kind: 'wait',
      method: announce,
      ms: 600,
    });
    await slack.faults([{ method: announce, team, kind: 'rate_limit', value: 1, count: 1 }]);
    expect(await prepare(files)).toEqual({
      kind: 'wait',
      method: announce,
      ms: 1_000,
      limitedBy: { code: 'ratelimited', advice: expect.any(String) },
    });
    expect(await uploads({ atOnce: 0 }).prepare({ deliveryId, attempt: 1, files }, client, granted)).toMatchObject({
      kind: 'wait',
    });
    expect(await uploads().remembered(deliveryId)).toEqual([{ id: expect.any(String), title: 'a.txt' }]);
    expect(
      await postWithFiles(
        client,
        { channel, files: [{ id: 'F1', title: 'a' }], said: { text: '' } },
        { ...posting, reserve: () => 700 },
      ),
    ).toEqual({ kind: 'wait', method: complete, ms: 700 });
  });

  test('nothing is posted when the caller may no longer write', async () => {
    const prepared = await prepare([inline('a.txt', 'x')]);
    const onWrite = (): void => {
      throw new Error('the lease ended');
    };
    expect(await postWithFiles(client, message(prepared), { ...posting, onWrite })).toMatchObject({
      kind: 'failed',
      answer: { failure: { code: 'not_written' } },
    });
    expect(await slack.messages(team)).toEqual([]);
  });
});

describe('what is remembered', () => {
  test('and no longer held by Slack is told, forgotten and uploaded again', async () => {
    await pool.query('INSERT INTO file_upload VALUES ($1, 0, $2, $3, now())', [deliveryId, 'F0EXPIRED', 'a.txt']);
    const files = [inline('a.txt', 'x')];
    expect(await postWithFiles(client, message(await prepare(files)), posting)).toMatchObject({ kind: 'gone' });
    await uploads().forget(deliveryId);
    expect(await postWithFiles(client, message(await prepare(files)), posting)).toMatchObject({ kind: 'posted' });
    expect(await slack.messages(team)).toHaveLength(1);
  });

  test('goes with the deliveries that are settled, and only with them', async () => {
    const other = randomUUID();
    for (const id of [deliveryId, other])
      await pool.query('INSERT INTO file_upload VALUES ($1, 0, $2, $3, now())', [id, 'F1', 'a']);
    await forgetUploads(pool, [deliveryId]);
    expect(await uploads().remembered(deliveryId)).toEqual([]);
    expect(await uploads().remembered(other)).toHaveLength(1);
  });
});
