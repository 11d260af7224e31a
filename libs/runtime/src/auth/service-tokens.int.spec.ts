import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ServiceTokens } from './service-tokens.ts';

let server: Server;
let tokens: ServiceTokens;
let answer: { status: number; body: unknown };
let asked: { authorization: string | undefined; body: string }[];

beforeEach(async () => {
  asked = [];
  answer = { status: 200, body: { access_token: 'first', expires_in: 100 } };
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      asked.push({ authorization: request.headers.authorization, body });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  tokens = new ServiceTokens({ tokenUrl, clientId: 'delivery', clientSecret: 'hush:hush' });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe("a service's own token", () => {
  test('is asked for once, however many want it at once, and then kept', async () => {
    expect(await Promise.all([tokens.token(), tokens.token(), tokens.token()])).toEqual(['first', 'first', 'first']);
    expect(await tokens.token()).toBe('first');
    expect(asked).toEqual([
      {
        authorization: `Basic ${Buffer.from('delivery:hush%3Ahush').toString('base64')}`,
        body: 'grant_type=client_credentials',
      },
    ]);
  });

  test('is renewed after four fifths of its life', async () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(0);
    try {
      await tokens.token();
      answer.body = { access_token: 'second', expires_in: 100 };
      clock.mockReturnValue(79_999);
      expect(await tokens.token()).toBe('first');
      clock.mockReturnValue(80_000);
      expect(await tokens.token()).toBe('second');
    } finally {
      clock.mockRestore();
    }
  });

  test('is renewed after it was refused somewhere', async () => {
    const first = await tokens.token();
    tokens.forget(first);
    tokens.forget('another');
    await tokens.token();
    expect(asked).toHaveLength(2);
  });

  test('that cannot be had is an error for later, without the secret, and the next call asks again', async () => {
    answer = { status: 500, body: {} };
    const failure = await tokens.token().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'service_token_unavailable', retry: 'later' });
    expect(String(failure)).not.toContain('hush');
    answer = { status: 200, body: { access_token: 'first', expires_in: 100 } };
    expect(await tokens.token()).toBe('first');
  });
});
