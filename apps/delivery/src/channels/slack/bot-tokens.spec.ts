// Bot tokens while the installation service answers, refuses and is away.
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { BotTokens, type Connection } from './bot-tokens.ts';

interface Asked {
  path: string;
  ids: string[];
}

const [one, other]: string[] = [randomUUID(), randomUUID()];
let server: Server;
let asked: Asked[];
let refusal: { status: number; headers?: Record<string, string> } | undefined;
let expiresInMs: number | undefined;
let answered: (id: string) => object | undefined;
let tokens: BotTokens;

beforeEach(async () => {
  [asked, refusal, expiresInMs] = [[], undefined, undefined];
  answered = (id) => ({ installationId: id, tenantId: 'acme', teamId: 'T1', token: `xoxb-${id}` });
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const ids = (JSON.parse(body) as { installationIds: string[] }).installationIds;
      asked.push({ path: request.url!, ids });
      if (refusal) return void response.writeHead(refusal.status, refusal.headers).end();
      const expiry = expiresInMs === undefined ? {} : { expiresAt: new Date(Date.now() + expiresInMs).toISOString() };
      const tokens = ids.flatMap((id) => answered(id) ?? []).map((token) => ({ ...token, ...expiry }));
      const unavailable = ids
        .filter((id) => !answered(id))
        .map((installationId) => ({ installationId, reason: 'lost' }));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ tokens, unavailable }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const identity = { token: () => Promise.resolve('service'), forget: () => undefined };
  tokens = new BotTokens({ installationUrl: url, slackUrl: 'http://127.0.0.1:1', callTimeoutMs: 1_000 }, identity);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await new Promise((resolve) => server.close(resolve));
});

const at = (ms: number): unknown => jest.spyOn(Date, 'now').mockReturnValue(ms);
const ask = (id: string = one!, tenant = 'acme') => tokens.connection(id, tenant);
const clientOf = async (id?: string) => ((await ask(id)) as Connection).client;
const unavailable = { why: 'token_unavailable', holdMs: expect.any(Number) };

test('many who ask at once ask once', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => ask()));
  expect(all).toEqual(Array.from({ length: 20 }, () => expect.objectContaining({ teamId: 'T1' })));
  expect(asked).toHaveLength(1);
});

test('what many lanes need is asked for in few requests, of at most 500 installations each, spread over time', async () => {
  const ids = Array.from({ length: 1_200 }, () => randomUUID());
  const begun = performance.now();
  await Promise.all(ids.map((id) => clientOf(id)));
  expect(asked.map((request) => request.ids.length)).toEqual([500, 500, 200]);
  expect(performance.now() - begun).toBeGreaterThan(490);
});

test('a refusal is no token for now, and nobody is asked again before Retry-After', async () => {
  refusal = { status: 429, headers: { 'retry-after': '7' } };
  const now = Date.now();
  at(now);
  const answer = await ask();
  expect(answer).toEqual(unavailable);
  expect((answer as { holdMs: number }).holdMs).toBeGreaterThanOrEqual(7_000);
  refusal = undefined;
  at(now + 6_900);
  expect(await ask(other)).toEqual(unavailable);
  expect(asked).toHaveLength(1);
  at(now + 7_001);
  expect(await ask(other)).toMatchObject({ teamId: 'T1' });
});

test.each([401, 403, 500, 503])('a service that answers %d is asked after pauses that grow', async (status) => {
  refusal = { status };
  let now = Date.now();
  const pauses: number[] = [];
  for (let n = 0; n < 4; n++) {
    at(now);
    const { holdMs } = (await ask()) as { holdMs: number };
    pauses.push(holdMs);
    now += holdMs + 1;
  }
  expect(asked).toHaveLength(4);
  expect(pauses.at(-1)).toBeGreaterThan(2 * pauses[0]!);
});

test('one installation without a token keeps no other one waiting', async () => {
  answered = (id) => (id === one ? undefined : { installationId: id, tenantId: 'acme', teamId: 'T1', token: 'x' });
  const [without, withToken] = await Promise.all([ask(one), ask(other)]);
  expect(without).toEqual(unavailable);
  expect(withToken).toMatchObject({ teamId: 'T1' });
  expect(await ask(one)).toEqual(unavailable);
  expect(asked).toHaveLength(1);
});

test('what is no id of an installation is never asked for, since it would have the whole request refused', async () => {
  expect(await ask("i1'")).toEqual(unavailable);
  expect(asked).toEqual([]);
});

test('an installation that works again is asked for at once', async () => {
  answered = () => undefined;
  await ask();
  answered = (id) => ({ installationId: id, tenantId: 'acme', teamId: 'T1', token: 'x' });
  tokens.restored(one!);
  expect(await ask()).toMatchObject({ teamId: 'T1' });
});

test("a tenant gets no token of another tenant's installation", async () => {
  expect(await ask(one, 'globex')).toEqual(unavailable);
  expect(await ask(one, 'acme')).toMatchObject({ teamId: 'T1' });
  expect(await ask(one, 'globex')).toEqual(unavailable);
});

test('a token without expiry is used for as long as the installation service is away', async () => {
  const now = Date.now();
  const first = await clientOf();
  refusal = { status: 503 };
  at(now + 2 * 3_600_000);
  expect(await clientOf()).toBe(first);
});

test('a token that expires is replaced ahead of time without anybody waiting, and used until it dies', async () => {
  expiresInMs = 600_000;
  const now = Date.now();
  const first = await clientOf();
  refusal = { status: 503 };
  at(now + 400_000);
  expect(await clientOf()).toBe(first);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(asked).toHaveLength(2);
  at(now + 599_000);
  expect(await clientOf()).toBe(first);
  at(now + 601_000);
  expect(await ask()).toEqual(unavailable);
});

test('one that Slack refused is not used again', async () => {
  await clientOf();
  tokens.forget(one!);
  answered = () => undefined;
  expect(await ask()).toEqual(unavailable);
});
