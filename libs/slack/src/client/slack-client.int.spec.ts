// Calls against a server on loopback: what is sent, and what an answer means.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, test } from '@jest/globals';
import { json, post, token, unusedAddress, useLoopbackSlack } from '../testing/loopback-slack.ts';

const slack = useLoopbackSlack();

describe('a call', () => {
  test('is one form-encoded POST with the token in its header, nested values as JSON', async () => {
    const blocks = [{ type: 'divider' }];
    const answer = await slack.client().call(post, {
      channel: 'C1',
      text: 'a & b',
      blocks,
      thread_ts: undefined,
      unfurl_links: false,
    });
    expect(answer).toMatchObject({ ok: true, status: 200, requestId: 'req-1', body: { channel: 'C1', ts: '1.2' } });
    expect(answer.latencyMs).toBeGreaterThan(0);
    expect(slack.received).toHaveLength(1);
    expect(slack.received[0]).toMatchObject({
      url: '/api/chat.postMessage',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(slack.received[0]?.headers['content-type']).toMatch('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(slack.received[0]?.body))).toEqual({
      channel: 'C1',
      text: 'a & b',
      blocks: JSON.stringify(blocks),
      unfurl_links: 'false',
    });
  });

  test('keeps to the path of Slack’s address', async () => {
    await slack.client({ slackUrl: `${slack.url}/behind/a/proxy/` }).call('auth.test');
    expect(slack.received[0]?.url).toBe('/behind/a/proxy/api/auth.test');
  });

  test('of one client never carries the token of another', async () => {
    const clients = ['xoxb-a', 'xoxb-b', 'xoxb-c'].map((each) => ({ each, own: slack.client({ token: each }) }));
    await Promise.all(
      clients.flatMap(({ each, own }) => Array.from({ length: 20 }, () => own.call(post, { channel: each }))),
    );
    expect(slack.received).toHaveLength(60);
    for (const { headers, body } of slack.received)
      expect(headers.authorization).toBe(`Bearer ${new URLSearchParams(body).get('channel')}`);
    await slack.client({ token: undefined }).call('oauth.v2.access', { code: 'c' });
    expect(slack.received[60]?.headers.authorization).toBeUndefined();
  });

  test('is not queued behind others, and every answer goes to its own call', async () => {
    const waiting: (() => void)[] = [];
    const all = new Promise<void>((resolve) => {
      slack.reply = (response, { body }) => {
        waiting.push(() => json(response, { ok: true, echo: new URLSearchParams(body).get('n') }));
        if (waiting.length === 250) resolve();
      };
    });
    const own = slack.client();
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
    await slack.client().call(post);
    slack.server.on('connection', count);
    for (let n = 0; n < 10; n += 1) await slack.client().call(post);
    slack.server.off('connection', count);
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
    await slack.client().call(post);
    unsubscribe('undici:request:create', onCreate);
    expect(seen).toEqual(['/api/chat.postMessage']);
    expect(slack.received[0]?.headers['traceparent']).toBe('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
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
    slack.reply = (response) => json(response, body, status, { 'x-slack-req-id': 'req-2', ...headers });
    expect(await slack.client().call(post)).toMatchObject({ ok: false, status, requestId: 'req-2', failure });
    expect(slack.received).toHaveLength(1);
  });

  test.each(['<html>502</html>', '', '{"ok":tr', '[1]', 'null', '{"hello":1}'])(
    'a body that is no answer (%p) leaves the call in doubt',
    async (body) => {
      slack.reply = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      expect(await slack.client().call(post)).toMatchObject({
        ok: false,
        failure: { code: 'unreadable_answer', sent: 'maybe' },
      });
    },
  );

  test('a limit on one method delays no other', async () => {
    slack.reply = (response, { url }) =>
      url.endsWith(post)
        ? json(response, { ok: false, error: 'ratelimited' }, 429, { 'retry-after': '60' })
        : json(response, { ok: true });
    const own = slack.client();
    const [limited, other] = await Promise.all([own.call(post), own.call('auth.test')]);
    expect([limited.ok, other.ok, (await own.call('auth.test')).ok]).toEqual([false, true, true]);
  });

  test('a reaction that is there already counts as success', async () => {
    slack.reply = (response) => json(response, { ok: false, error: 'already_reacted' });
    expect(await slack.client().call('reactions.add', { name: 'eyes' })).toMatchObject({
      ok: true,
      body: { error: 'already_reacted' },
    });
  });
});

test('the token is in no answer, whatever happens', async () => {
  slack.reply = (response, { headers }) => json(response, { ok: false, error: `bad ${headers.authorization}` });
  const answers = [await slack.client().call(post), await slack.client({ slackUrl: await unusedAddress() }).call(post)];
  expect(JSON.stringify(answers)).not.toContain('very-secret');
});
