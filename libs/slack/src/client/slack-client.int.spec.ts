// The client against a server of our own on loopback, one test for each way in which a call can end.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { closeConnections } from './connections.ts';
import { SlackClient } from './slack-client.ts';

const token = 'xoxb-0000-very-secret';
const post = 'chat.postMessage';

interface Received {
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

let server: Server;
let slackUrl: string;
let received: Received[];
let reply: (response: ServerResponse, request: Received) => void;

const json = (response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};
const client = (options: Partial<ConstructorParameters<typeof SlackClient>[0]> = {}) =>
  new SlackClient({ token, slackUrl, timeoutMs: 5_000, ...options });

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
      received.push(call);
      reply(response, call);
    });
  });
  slackUrl = await listening(server);
});

beforeEach(() => {
  received = [];
  reply = (response) => json(response, { ok: true, channel: 'C1', ts: '1.2' }, 200, { 'x-slack-req-id': 'req-1' });
});

afterAll(async () => {
  await closeConnections();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

async function listening(listener: Server | TcpServer): Promise<string> {
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
}

describe('a call', () => {
  test('is one form-encoded POST with the token in its header, nested values as JSON', async () => {
    const blocks = [{ type: 'divider' }];
    const answer = await client().call(post, {
      channel: 'C1',
      text: 'a & b',
      blocks,
      thread_ts: undefined,
      unfurl_links: false,
    });
    expect(answer).toMatchObject({ ok: true, status: 200, requestId: 'req-1', body: { channel: 'C1', ts: '1.2' } });
    expect(answer.latencyMs).toBeGreaterThan(0);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ url: '/api/chat.postMessage', headers: { authorization: `Bearer ${token}` } });
    expect(received[0]?.headers['content-type']).toMatch('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(received[0]?.body))).toEqual({
      channel: 'C1',
      text: 'a & b',
      blocks: JSON.stringify(blocks),
      unfurl_links: 'false',
    });
  });

  test('keeps to the path of Slack’s address', async () => {
    await client({ slackUrl: `${slackUrl}/behind/a/proxy/` }).call('auth.test');
    expect(received[0]?.url).toBe('/behind/a/proxy/api/auth.test');
  });

  test('of one client never carries the token of another', async () => {
    const clients = ['xoxb-a', 'xoxb-b', 'xoxb-c'].map((each) => ({ each, own: client({ token: each }) }));
    await Promise.all(
      clients.flatMap(({ each, own }) => Array.from({ length: 20 }, () => own.call(post, { channel: each }))),
    );
    expect(received).toHaveLength(60);
    for (const { headers, body } of received)
      expect(headers.authorization).toBe(`Bearer ${new URLSearchParams(body).get('channel')}`);
    await client({ token: undefined }).call('oauth.v2.access', { code: 'c' });
    expect(received[60]?.headers.authorization).toBeUndefined();
  });

  test('is not queued behind others, and every answer goes to its own call', async () => {
    const waiting: (() => void)[] = [];
    const all = new Promise<void>((resolve) => {
      reply = (response, { body }) => {
        waiting.push(() => json(response, { ok: true, echo: new URLSearchParams(body).get('n') }));
        if (waiting.length === 250) resolve();
      };
    });
    const own = client();
    const calls = Array.from({ length: 250 }, (_, n) => own.call(post, { n }));
    await all;
    for (const answerOne of waiting.reverse()) answerOne();
    const answers = await Promise.all(calls);
    expect(answers.map((answer) => answer.ok && answer.body['echo'])).toEqual(
      Array.from({ length: 250 }, (_, n) => String(n)),
    );
  });

  test('uses connections again', async () => {
    let connected = 0;
    const count = (): void => void (connected += 1);
    await client().call(post);
    server.on('connection', count);
    for (let n = 0; n < 10; n += 1) await client().call(post);
    server.off('connection', count);
    expect(connected).toBeLessThanOrEqual(1);
  });

  test('is seen by tracing, inside undici’s own channels', async () => {
    const seen: string[] = [];
    const onCreate = (message: unknown): void => {
      const { request } = message as { request: { path: string; addHeader: (name: string, value: string) => void } };
      seen.push(request.path);
      request.addHeader('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    };
    subscribe('undici:request:create', onCreate);
    await client().call(post);
    unsubscribe('undici:request:create', onCreate);
    expect(seen).toEqual(['/api/chat.postMessage']);
    expect(received[0]?.headers['traceparent']).toBe('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  });
});

describe('an answer that is no success', () => {
  test.each([
    [
      'an error of Slack’s',
      200,
      { ok: false, error: 'channel_not_found' },
      {},
      { code: 'channel_not_found', sent: 'no', retry: 'never', scope: 'destination' },
    ],
    [
      'an error that is unknown',
      200,
      { ok: false, error: 'brand_new' },
      {},
      { code: 'brand_new', retry: 'never', kind: 'unknown' },
    ],
    [
      '429',
      429,
      { ok: false, error: 'ratelimited' },
      { 'retry-after': '7' },
      { code: 'ratelimited', sent: 'no', retry: { afterMs: 7_000 }, scope: 'method' },
    ],
    [
      '429 without Retry-After',
      429,
      { ok: false, error: 'ratelimited' },
      {},
      { code: 'ratelimited', sent: 'no', retry: { afterMs: 5_000 } },
    ],
    [
      'ratelimited under 200',
      200,
      { ok: false, error: 'ratelimited' },
      {},
      { code: 'ratelimited', sent: 'no', retry: { afterMs: 5_000 } },
    ],
    [
      'request_timeout',
      200,
      { ok: false, error: 'request_timeout' },
      {},
      { code: 'request_timeout', sent: 'no', retry: 'later' },
    ],
    ['internal_error', 200, { ok: false, error: 'internal_error' }, {}, { code: 'internal_error', sent: 'maybe' }],
    ['500', 500, {}, {}, { code: 'http_500', sent: 'maybe', retry: 'later' }],
    ['a redirect', 302, {}, { location: 'http://example.com' }, { code: 'http_302', sent: 'no', retry: 'never' }],
  ])('%s', async (_name, status, body, headers, failure) => {
    reply = (response) => json(response, body, status, { 'x-slack-req-id': 'req-2', ...headers });
    expect(await client().call(post)).toMatchObject({ ok: false, status, requestId: 'req-2', failure });
    expect(received).toHaveLength(1);
  });

  test.each(['<html>502</html>', '', '{"ok":tr', '[1]', 'null', '{"hello":1}'])(
    'a body that is no answer (%p) leaves the call in doubt',
    async (body) => {
      reply = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      expect(await client().call(post)).toMatchObject({
        ok: false,
        failure: { code: 'unreadable_answer', sent: 'maybe' },
      });
    },
  );

  test('a limit on one method delays no other', async () => {
    reply = (response, { url }) =>
      url.endsWith(post)
        ? json(response, { ok: false, error: 'ratelimited' }, 429, { 'retry-after': '60' })
        : json(response, { ok: true });
    const own = client();
    const [limited, other] = await Promise.all([own.call(post), own.call('auth.test')]);
    expect([limited.ok, other.ok, (await own.call('auth.test')).ok]).toEqual([false, true, true]);
  });

  test('a reaction that is there already counts as success', async () => {
    reply = (response) => json(response, { ok: false, error: 'already_reacted' });
    expect(await client().call('reactions.add', { name: 'eyes' })).toMatchObject({
      ok: true,
      body: { error: 'already_reacted' },
    });
  });
});

describe('before the request is written', () => {
  test('onWrite has the last word: what it refuses never reaches Slack', async () => {
    const lost = new Error('the lease is lost');
    const answer = await client().call(
      post,
      {},
      {
        onWrite: () => {
          throw lost;
        },
      },
    );
    expect(answer).toMatchObject({ ok: false, failure: { code: 'not_written', sent: 'no' } });
    await client().call('auth.test');
    expect(received.map(({ url }) => url)).toEqual(['/api/auth.test']);
  });

  test('onWrite may abort the signal instead', async () => {
    const abort = new AbortController();
    const answer = await client().call(post, {}, { signal: abort.signal, onWrite: () => abort.abort() });
    expect(answer).toMatchObject({ ok: false, failure: { code: 'not_written', sent: 'no' } });
    expect(received).toEqual([]);
  });

  test('onWrite runs once, on a connection that stands', async () => {
    let written = 0;
    await client().call(
      post,
      {},
      {
        onWrite: () => {
          written += 1;
        },
      },
    );
    expect(written).toBe(1);
    const refused = client({ slackUrl: await nobody() });
    await refused.call(
      post,
      {},
      {
        onWrite: () => {
          written += 1;
        },
      },
    );
    expect(written).toBe(1);
  });

  test('an aborted signal sends nothing', async () => {
    expect(await client().call(post, {}, { signal: AbortSignal.abort() })).toMatchObject({
      failure: { code: 'not_written', sent: 'no' },
    });
    expect(received).toEqual([]);
  });

  test('a refused connection is not sent', async () => {
    expect(await client({ slackUrl: await nobody() }).call(post)).toMatchObject({
      ok: false,
      failure: { code: 'connect_refused', sent: 'no', retry: 'later' },
    });
  });

  test('an unknown host is not sent', async () => {
    const answer = await client({ slackUrl: 'http://slack.invalid' }).call(post);
    expect(answer).toMatchObject({ ok: false, failure: { code: 'dns_failed', sent: 'no' } });
  });

  test('a failed TLS handshake is not sent', async () => {
    const answer = await client({ slackUrl: slackUrl.replace('http:', 'https:') }).call(post);
    expect(answer).toMatchObject({ ok: false, failure: { code: 'tls_failed', sent: 'no' } });
  });

  test('a handshake that never ends is not sent, and never will be', async () => {
    const held: Socket[] = [];
    const mute = createTcpServer((socket) => held.push(socket));
    const url = await listening(mute);
    let written = 0;
    const answer = await client({ slackUrl: url.replace('http:', 'https:'), timeoutMs: 100 }).call(
      post,
      {},
      {
        onWrite: () => {
          written += 1;
        },
      },
    );
    expect(answer).toMatchObject({ ok: false, failure: { code: 'connect_timeout', sent: 'no' } });
    expect(written).toBe(0);
    for (const socket of held) socket.destroy();
    mute.close();
  });

  test('arguments that cannot be written are a defect', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(await client().call(post, { circular })).toMatchObject({
      failure: { code: 'invalid_request', sent: 'no', scope: 'defect' },
    });
    for (const method of ['http://evil.example/x', '../x', 'files.uploadV2', '']) {
      expect(await client().call(method)).toMatchObject({ failure: { code: 'invalid_request', sent: 'no' } });
    }
    expect(received).toEqual([]);
  });

  test('a token that no header can carry is a defect and is not told', async () => {
    const answer = await client({ token: `${token}\nx` }).call(post);
    expect(answer).toMatchObject({ failure: { code: 'invalid_request', sent: 'no' } });
    expect(JSON.stringify(answer)).not.toContain('very-secret');
  });
});

describe('after the request was written', () => {
  test('a timeout leaves the call in doubt', async () => {
    reply = () => undefined;
    expect(await client({ timeoutMs: 100 }).call(post)).toMatchObject({
      ok: false,
      failure: { code: 'timeout', sent: 'maybe', retry: 'later' },
    });
    expect(received).toHaveLength(1);
  });

  test('a body that never ends counts as a timeout', async () => {
    reply = (response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"ok":');
    expect(await client({ timeoutMs: 100 }).call(post)).toMatchObject({
      ok: false,
      status: 200,
      failure: { code: 'timeout', sent: 'maybe' },
    });
  });

  test.each([
    ['before any answer', (response: ServerResponse) => response.socket?.resetAndDestroy()],
    [
      'in the middle of the answer',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"ok":true');
        setImmediate(() => response.socket?.destroy());
      },
    ],
  ])('a reset %s leaves the call in doubt and is not repeated', async (_when, cut) => {
    reply = (response) => void cut(response);
    expect(await client().call(post)).toMatchObject({ ok: false, failure: { code: 'connection_lost', sent: 'maybe' } });
    expect(received).toHaveLength(1);
  });

  test('an abort leaves the call in doubt', async () => {
    const abort = new AbortController();
    reply = () => abort.abort();
    expect(await client().call(post, {}, { signal: abort.signal })).toMatchObject({
      ok: false,
      failure: { code: 'aborted', sent: 'maybe' },
    });
  });

  test('the failures of some calls leave the others whole', async () => {
    reply = (response, { body }) =>
      Number(new URLSearchParams(body).get('n')) % 3 === 0 ? response.socket?.destroy() : json(response, { ok: true });
    const own = client();
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => own.call(post, { n })));
    expect(answers.map(({ ok }) => ok)).toEqual(Array.from({ length: 60 }, (_, n) => n % 3 !== 0));
    expect(received).toHaveLength(60);
  });
});

test('the token is in no answer, whatever happens', async () => {
  reply = (response, { headers }) => json(response, { ok: false, error: `bad ${headers.authorization}` });
  const answers = [await client().call(post), await client({ slackUrl: await nobody() }).call(post)];
  expect(JSON.stringify(answers)).not.toContain('very-secret');
});

/** An address where nobody listens. */
async function nobody(): Promise<string> {
  const shortLived = createTcpServer();
  const url = await listening(shortLived);
  await new Promise((done) => shortLived.close(done));
  return url;
}
