// Bot tokens while the installation service answers, refuses and is away.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { BotTokens } from './bot-tokens.ts';

let server: Server;
let asked: string[];
let up: boolean;
let expiresInMs: number | undefined;
let tokens: BotTokens;

beforeEach(async () => {
  [asked, up, expiresInMs] = [[], true, undefined];
  server = createServer((request, response) => {
    asked.push(request.url!);
    if (!up) return void response.writeHead(503).end();
    const expiry = expiresInMs === undefined ? {} : { expiresAt: new Date(Date.now() + expiresInMs).toISOString() };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ tokens: [{ installationId: 'i1', teamId: 'T1', token: 'xoxb-1', ...expiry }] }));
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

test('many who ask at once ask once', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => tokens.connection('i1')));
  expect(all.every((connection) => connection?.teamId === 'T1')).toBe(true);
  expect(asked).toHaveLength(1);
});

test('a token without expiry is used for as long as the installation service is away', async () => {
  const now = Date.now();
  const first = await tokens.connection('i1');
  up = false;
  at(now + 2 * 3_600_000);
  expect((await tokens.connection('i1'))?.client).toBe(first!.client);
});

test('a token that expires is replaced ahead of time without anybody waiting, and used until it dies', async () => {
  expiresInMs = 600_000;
  const now = Date.now();
  const first = await tokens.connection('i1');
  up = false;
  at(now + 400_000);
  expect((await tokens.connection('i1'))?.client).toBe(first!.client);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(asked).toHaveLength(2);
  at(now + 599_000);
  expect((await tokens.connection('i1'))?.client).toBe(first!.client);
  at(now + 601_000);
  expect(await tokens.connection('i1')).toBeUndefined();
});

test('one that Slack refused is not used again', async () => {
  await tokens.connection('i1');
  tokens.forget('i1');
  up = false;
  expect(await tokens.connection('i1')).toBeUndefined();
  up = true;
  expect(await tokens.connection('i1')).toBeDefined();
});
