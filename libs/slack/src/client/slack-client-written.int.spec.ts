// Whether the request of a failed call was written: one test for each way in which a call ends without an answer.
import type { ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { json, listening, post, token, unusedAddress, useLoopbackSlack } from '../testing/loopback-slack.ts';

const slack = useLoopbackSlack();

describe('before the request is written', () => {
  test('onWrite has the last word: what it refuses never reaches Slack', async () => {
    const lost = new Error('the lease is lost');
    const answer = await slack.client().call(
      post,
      {},
      {
        onWrite: () => {
          throw lost;
        },
      },
    );
    expect(answer).toMatchObject({ ok: false, failure: { code: 'not_written', sent: 'no' } });
    await slack.client().call('auth.test');
    expect(slack.received.map(({ url }) => url)).toEqual(['/api/auth.test']);
  });

  test('onWrite may abort the signal instead', async () => {
    const abort = new AbortController();
    const answer = await slack.client().call(post, {}, { signal: abort.signal, onWrite: () => abort.abort() });
    expect(answer).toMatchObject({ ok: false, failure: { code: 'not_written', sent: 'no' } });
    expect(slack.received).toEqual([]);
  });

  test('onWrite runs once, on a connection that stands', async () => {
    let written = 0;
    await slack.client().call(
      post,
      {},
      {
        onWrite: () => {
          written += 1;
        },
      },
    );
    expect(written).toBe(1);
    const refused = slack.client({ slackUrl: await unusedAddress() });
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
    expect(await slack.client().call(post, {}, { signal: AbortSignal.abort() })).toMatchObject({
      failure: { code: 'not_written', sent: 'no' },
    });
    expect(slack.received).toEqual([]);
  });

  test('a refused connection is not sent', async () => {
    expect(await slack.client({ slackUrl: await unusedAddress() }).call(post)).toMatchObject({
      ok: false,
      failure: { code: 'connect_refused', sent: 'no', retry: 'later' },
    });
  });

  test('an unknown host is not sent', async () => {
    const answer = await slack.client({ slackUrl: 'http://slack.invalid' }).call(post);
    expect(answer).toMatchObject({ ok: false, failure: { code: 'dns_failed', sent: 'no' } });
  });

  test('a failed TLS handshake is not sent', async () => {
    const answer = await slack.client({ slackUrl: slack.url.replace('http:', 'https:') }).call(post);
    expect(answer).toMatchObject({ ok: false, failure: { code: 'tls_failed', sent: 'no' } });
  });

  test('a handshake that never ends is not sent, and never will be', async () => {
    const held: Socket[] = [];
    const mute = createTcpServer((socket) => held.push(socket));
    const url = await listening(mute);
    let written = 0;
    const answer = await slack.client({ slackUrl: url.replace('http:', 'https:'), timeoutMs: 100 }).call(
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
    expect(await slack.client().call(post, { circular })).toMatchObject({
      failure: { code: 'invalid_request', sent: 'no', scope: 'defect' },
    });
    for (const method of ['http://evil.example/x', '../x', 'files.uploadV2', '']) {
      expect(await slack.client().call(method)).toMatchObject({ failure: { code: 'invalid_request', sent: 'no' } });
    }
    expect(slack.received).toEqual([]);
  });

  test('a token that no header can carry is a defect and is not told', async () => {
    const answer = await slack.client({ token: `${token}\nx` }).call(post);
    expect(answer).toMatchObject({ failure: { code: 'invalid_request', sent: 'no' } });
    expect(JSON.stringify(answer)).not.toContain('very-secret');
  });
});

describe('after the request was written', () => {
  test('a timeout leaves the call in doubt', async () => {
    slack.reply = () => undefined;
    expect(await slack.client({ timeoutMs: 100 }).call(post)).toMatchObject({
      ok: false,
      failure: { code: 'timeout', sent: 'maybe', retry: 'later' },
    });
    expect(slack.received).toHaveLength(1);
  });

  test('a body that never ends counts as a timeout', async () => {
    slack.reply = (response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"ok":');
    expect(await slack.client({ timeoutMs: 100 }).call(post)).toMatchObject({
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
    slack.reply = (response) => void cut(response);
    expect(await slack.client().call(post)).toMatchObject({
      ok: false,
      failure: { code: 'connection_lost', sent: 'maybe' },
    });
    expect(slack.received).toHaveLength(1);
  });

  test('an abort leaves the call in doubt', async () => {
    const abort = new AbortController();
    slack.reply = () => abort.abort();
    expect(await slack.client().call(post, {}, { signal: abort.signal })).toMatchObject({
      ok: false,
      failure: { code: 'aborted', sent: 'maybe' },
    });
  });

  test('the failures of some calls leave the others whole', async () => {
    slack.reply = (response, { body }) =>
      Number(new URLSearchParams(body).get('n')) % 3 === 0 ? response.socket?.destroy() : json(response, { ok: true });
    const own = slack.client();
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => own.call(post, { n })));
    expect(answers.map(({ ok }) => ok)).toEqual(Array.from({ length: 60 }, (_, n) => n % 3 !== 0));
    expect(slack.received).toHaveLength(60);
  });
});
