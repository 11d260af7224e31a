// Bot tokens while the installation service answers, refuses, answers nonsense and is away: over real HTTP.
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { BotToken } from './bot-token.ts';
import { BotTokens, type TokenUnavailable } from './bot-tokens.ts';

interface Asked {
  path: string;
  body: { installationIds: string[] };
}

const [one, other]: string[] = [randomUUID(), randomUUID()];
let server: Server;
let asked: Asked[];
let refusal: { status: number; headers?: Record<string, string> } | undefined;
let silent: boolean;
let reason: string;
let expiresInMs: number | undefined;
let answered: (id: string) => object | undefined;
let installationUrl: string;
let tokens: BotTokens;
const identity = { token: () => Promise.resolve('service'), forget: () => undefined };

beforeEach(async () => {
  [asked, refusal, expiresInMs, silent, reason] = [[], undefined, undefined, false, 'lost'];
  answered = (id) => ({ installationId: id, tenantId: 'acme', teamId: 'T1', token: `xoxb-${id}` });
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      asked.push({ path: request.url!, body: JSON.parse(body) as Asked['body'] });
      const { installationIds: ids = [] } = asked.at(-1)!.body;
      if (silent) return;
      if (refusal) return void response.writeHead(refusal.status, refusal.headers).end();
      const expiry = expiresInMs === undefined ? {} : { expiresAt: new Date(Date.now() + expiresInMs).toISOString() };
      const tokens = ids.flatMap((id) => answered(id) ?? []).map((token) => ({ ...expiry, ...token }));
      const unavailable = ids.filter((id) => !answered(id)).map((installationId) => ({ installationId, reason }));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ tokens, unavailable }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  installationUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  tokens = new BotTokens({ installationUrl }, identity);
});

afterEach(async () => {
  jest.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
};
const at = (ms: number): unknown => jest.spyOn(Date, 'now').mockReturnValue(ms);
const ask = (id: string = one!, tenant = 'acme') => tokens.tokenOf(id, tenant);
const unavailable = (reason: TokenUnavailable['unavailable'] = 'service_unavailable') => ({
  unavailable: reason,
  holdMs: expect.any(Number),
});

test('many who ask at once ask once', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => ask()));
  expect(all).toEqual(Array.from({ length: 20 }, () => expect.objectContaining({ teamId: 'T1' })));
  expect(asked).toHaveLength(1);
});

test('the tokens of many installations take few requests, of at most 500 installations each, spread over time', async () => {
  const ids = Array.from({ length: 1_200 }, () => randomUUID());
  const begun = performance.now();
  await Promise.all(ids.map((id) => ask(id)));
  expect(asked.map((request) => request.body.installationIds.length)).toEqual([500, 500, 200]);
  expect(performance.now() - begun).toBeGreaterThan(490);
});

test('1,000 installations that have no token for ten minutes cost 20 requests at most', async () => {
  answered = () => undefined;
  const ids = Array.from({ length: 1_000 }, () => randomUUID());
  const begin = Date.now();
  for (let ms = 0; ms <= 600_000; ms += 1_000) {
    at(begin + ms);
    await Promise.all(ids.map((id) => ask(id)));
  }
  // Pauses of about 2, 4, 8 … 256 s, with two requests of 500 installations after each.
  expect(asked.length).toBeGreaterThanOrEqual(10);
  expect(asked.length).toBeLessThanOrEqual(20);
  answered = (id) => ({ installationId: id, tenantId: 'acme', teamId: 'T1', token: 'x' });
  tokens.clearHold(ids[0]!);
  expect(await ask(ids[0])).toMatchObject({ teamId: 'T1' });
});

test('tokens that are not used are dropped: the least recently used first, and every one after a day', async () => {
  tokens = new BotTokens({ installationUrl, mostTokens: 100 }, identity);
  const ids = Array.from({ length: 150 }, () => randomUUID());
  const now = Date.now();
  const first = await Promise.all(ids.slice(0, 100).map((id) => ask(id)));
  expect(await ask(ids[0])).toBe(first[0]);
  await Promise.all(ids.slice(100).map((id) => ask(id)));
  expect(asked.map((request) => request.body.installationIds.length)).toEqual([100, 50]);
  expect(await ask(ids[0])).toBe(first[0]);
  expect(await ask(ids[99])).toBe(first[99]);
  expect(await ask(ids[1])).not.toBe(first[1]);
  at(now + 25 * 3_600_000);
  expect(await ask(ids[0])).not.toBe(first[0]);
});

test('a refusal is no token for now, and nobody is asked again before Retry-After', async () => {
  refusal = { status: 429, headers: { 'retry-after': '7' } };
  const now = Date.now();
  at(now);
  const answer = await ask();
  expect(answer).toEqual(unavailable());
  expect((answer as { holdMs: number }).holdMs).toBeGreaterThanOrEqual(7_000);
  refusal = undefined;
  at(now + 6_900);
  expect(await ask(other)).toEqual(unavailable());
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
  expect(without).toEqual(unavailable('lost'));
  expect(withToken).toMatchObject({ teamId: 'T1' });
  expect(await ask(one)).toEqual(unavailable('lost'));
  expect(asked).toHaveLength(1);
});

test('what is no id of an installation is never asked for, since it would have the whole request refused', async () => {
  expect(await ask("i1'")).toMatchObject({ holdMs: expect.any(Number) });
  expect(asked).toEqual([]);
});

test('an installation that works again is asked for at once', async () => {
  answered = () => undefined;
  await ask();
  answered = (id) => ({ installationId: id, tenantId: 'acme', teamId: 'T1', token: 'x' });
  tokens.clearHold(one!);
  expect(await ask()).toMatchObject({ teamId: 'T1' });
});

test("a tenant gets no token of another tenant's installation", async () => {
  expect(await ask(one, 'globex')).toEqual(unavailable('foreign_tenant'));
  expect(await ask(one, 'acme')).toMatchObject({ teamId: 'T1' });
  expect(await ask(one, 'globex')).toEqual(unavailable('foreign_tenant'));
});

test('a token without expiry is used for as long as the installation service is away', async () => {
  const now = Date.now();
  const first = await ask();
  refusal = { status: 503 };
  at(now + 2 * 3_600_000);
  expect(await ask()).toBe(first);
});

test('a token that expires is replaced ahead of time without anybody waiting, and used until it dies', async () => {
  expiresInMs = 600_000;
  const now = Date.now();
  const first = await ask();
  refusal = { status: 503 };
  at(now + 400_000);
  expect(await ask()).toBe(first);
  await until(() => asked.length === 2);
  at(now + 599_000);
  expect(await ask()).toBe(first);
  at(now + 601_000);
  expect(await ask()).toEqual(unavailable());
});

test('one that Slack refused is not used again', async () => {
  await ask();
  tokens.forget(one!);
  answered = () => undefined;
  expect(await ask()).toEqual(unavailable('lost'));
});

test.each([
  ['a token without a tenant', { installationId: one, teamId: 'T1', token: 'xoxb-secret' }],
  ['an empty token', { installationId: one, tenantId: 'acme', teamId: 'T1', token: '' }],
  [
    'an expiry that is no instant',
    { installationId: one, tenantId: 'acme', teamId: 'T1', token: 'x', expiresAt: 'soon' },
  ],
])('%s is no answer: no token is used, and the next request waits', async (_, answer) => {
  answered = () => answer;
  expect(await ask()).toEqual(unavailable('service_unavailable'));
  expect(await ask(other)).toEqual(unavailable('service_unavailable'));
  expect(asked).toHaveLength(1);
});

test('a reason of a newer installation service is read as unknown', async () => {
  answered = () => undefined;
  reason = 'suspended';
  expect(await ask()).toEqual(unavailable('unknown'));
});

test('a dead token is reported with its installation and the error of Slack', async () => {
  await tokens.reportDead(one!, 'token_revoked');
  expect(asked).toEqual([{ path: '/v1/tokens/dead', body: { installationId: one, error: 'token_revoked' } }]);
});

test('a report that the installation service refuses is dropped, and tokens are issued all the same', async () => {
  refusal = { status: 503 };
  await tokens.reportDead(one!, 'token_revoked');
  refusal = undefined;
  expect(await ask()).toMatchObject({ teamId: 'T1' });
});

test('an installation service that accepts the connection and never answers costs five seconds', async () => {
  silent = true;
  const begun = performance.now();
  expect(await ask()).toEqual(unavailable('service_unavailable'));
  expect(performance.now() - begun).toBeGreaterThan(4_900);
});

test('printing a token does not show its value', async () => {
  const token = (await ask()) as BotToken;
  expect(token.reveal()).toBe(`xoxb-${one}`);
  expect(`${JSON.stringify(token)}${inspect(token, { showHidden: true, depth: 5 })}`).not.toContain('xoxb');
});
