// What happens to a request before any controller sees it.
import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { SampleModule, sampleConfig } from '../testing/sample-service.ts';
import { startForTest, testIssuer, type TestIssuer, type TestService } from '../testing/index.ts';
import { endSlowBodies } from './slow-bodies.ts';

let issuer: TestIssuer;
let service: TestService;
let token: string;

beforeAll(async () => {
  issuer = await testIssuer();
  service = await startForTest({ config: sampleConfig, module: SampleModule, env: issuer.env, offline: true });
  token = await issuer.token();
});
afterAll(async () => {
  await service.stop();
  await issuer.close();
});

const post = (body: unknown, headers: Record<string, string> = {}, path = '/v1/things/1') =>
  service.request('POST', path, { token, body, headers });

describe('a body', () => {
  test('is not read before its sender is known', async () => {
    expect((await service.request('POST', '/v1/things/1', { body: '{"broken' })).status).toBe(401);
    expect((await post('{"broken')).status).toBe(400);
  });

  test('that is compressed is refused: a few bytes can unpack to all memory', async () => {
    const compressed = gzipSync(JSON.stringify({ a: 1 })).toString('latin1');
    expect((await post(compressed, { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  test('of another type is a 415, a larger one than 1 MB a 413', async () => {
    expect((await post('a=1', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
    expect((await post({ text: 'x'.repeat(1_100_000) })).status).toBe(413);
  });

  test.each([
    ['a NUL', { a: [{ b: 'x\0' }] }, 'a.0.b'],
    ['half of a surrogate pair', '{"name": "\\ud800"}', 'name'],
    ['a name with a NUL', { 'a\0': 1 }, ''],
    ['depth 10,000', `{"deep": ${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'deep.0.0.0.0.0.0.0.0.0'],
  ])('with %s is a 400 that names the field', async (_, body, path) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect((answer.body as { errors: unknown }).errors).toEqual([
      { path, message: expect.stringMatching(/must not contain NUL/) },
    ]);
  });

  test('that does not arrive in time ends with a 408 and a closed connection', async () => {
    const app = express()
      .use(endSlowBodies(200))
      .use(express.json())
      .use((_request, response) => void response.send('ok'));
    const server = createServer(app as RequestListener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const answer = await new Promise<{ status: number; closed: boolean }>((resolve, reject) => {
        const slow = httpRequest({
          port,
          host: '127.0.0.1',
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-length': 100 },
        });
        slow.on('response', (response) => {
          response.resume();
          response.socket.once('close', () => resolve({ status: response.statusCode ?? 0, closed: true }));
        });
        slow.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? undefined : reject(error)));
        slow.write('{"a":');
      });
      expect(answer).toEqual({ status: 408, closed: true });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

test.each(['/v1/things/%00', '/v1/things/%C0%80', '/v1/things/1?x=%00', '/v1/things/1?%00=1', '/%E0%A4%A'])(
  '%s is a 4xx',
  async (path) => {
    const { status } = await service.request('POST', path, { token, body: {} });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  },
);

test('every answer forbids a browser to make more of it, errors and unknown paths too', async () => {
  for (const path of ['/healthz', '/v1/me', '/nowhere', '/v1/greeting']) {
    const { headers } = await service.request('GET', path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-powered-by')).toBeNull();
  }
});
