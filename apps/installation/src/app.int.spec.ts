// The service as a whole, offline: everything can be injected, every route is decided on, and what needs no database
// answers as the API promises.
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { scopeProfileNames } from '@carillon/domain';
import { loadConfig } from '@carillon/runtime';
import {
  startForTest,
  testIssuer,
  undecidedRoutes,
  type TestIssuer,
  type TestService,
} from '@carillon/runtime/testing';
import { config } from './config.ts';
import { service } from './service.ts';
import { environment } from './testing/environment.ts';

let issuer: TestIssuer;
let running: TestService;

beforeAll(async () => {
  issuer = await testIssuer();
  running = await startForTest({ ...service, offline: true, env: { ...issuer.env, ...environment } });
});

afterAll(async () => {
  await running?.stop();
  await issuer?.close();
});

test('every route says who may call it', () => {
  expect(undecidedRoutes(running.app)).toEqual([]);
});

test('every profile is listed, each scope with its reason', async () => {
  const answer = await running.request('GET', '/v1/scope-profiles', { token: await issuer.token() });
  const { items } = answer.body as { items: { name: string; scopes: { scope: string; reason: string }[] }[] };
  expect(answer.status).toBe(200);
  expect(items.map((profile) => profile.name)).toEqual([...scopeProfileNames]);
  expect(items[0]!.scopes.map(({ scope }) => scope)).toEqual([
    'chat:write',
    'im:write',
    'users:read',
    'users:read.email',
  ]);
  expect(items.flatMap(({ scopes }) => scopes).every(({ reason }) => reason.length > 10)).toBe(true);
});

test('nobody connects without a token, as a member, as an admin or for a tenant that is not declared', async () => {
  const body = { name: 'Acme', profile: 'direct', returnTo: 'http://127.0.0.1:3000/settings' };
  const connect = async (token?: string) =>
    (await running.request('POST', '/v1/connections', { body, ...(token && { token }) })).status;
  expect(await connect()).toBe(401);
  expect(await connect(await issuer.token({ roles: ['member'] }))).toBe(403);
  expect(await connect(await issuer.token({ roles: ['admin'] }))).toBe(403);
  expect(await connect(await issuer.token({ roles: ['product'] }))).toBe(403);
  for (const tenantId of ['nobody', '__proto__', ''])
    expect(await connect(await issuer.token({ roles: ['owner'], tenantId }))).toBe(401);
});

test('only the services that are listed for the very route ask for tokens', async () => {
  const service = (client: string, claims: object = {}) =>
    issuer.token({ claims: { sub: client, client_id: client, roles: ['service'], tenant_id: undefined, ...claims } });
  const ask = async (path: string, token: string) => (await running.request('POST', path, { token, body: {} })).status;
  for (const path of ['/v1/tokens', '/v1/tokens/dead']) {
    const people = await issuer.token({ roles: ['owner', 'security_admin', 'admin', 'product'] });
    expect(await ask(path, people)).toBe(403);
    expect(await ask(path, await service('preferences'))).toBe(403);
    expect(await ask(path, await service('constructor'))).toBe(403);
    // The role alone is not enough, and a token with a tenant is not one of ours.
    expect(await ask(path, await service('delivery', { tenant_id: 'acme' }))).toBeGreaterThanOrEqual(401);
    expect(await ask(path, await service('delivery'))).toBe(400);
  }
  expect(await ask('/v1/tokens', await service('directory-sync'))).toBe(400);
  expect(await ask('/v1/tokens/dead', await service('directory-sync'))).toBe(403);
});

test('with an internal listener, bot tokens are handed out there and nowhere else', async () => {
  const inside = await startForTest({
    ...service,
    offline: true,
    env: { ...issuer.env, ...environment, INTERNAL_PORT: '0', INTERNAL_HOST: '127.0.0.1' },
  });
  const token = await issuer.token({
    claims: { sub: 'delivery', client_id: 'delivery', roles: ['service'], tenant_id: undefined },
  });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  for (const path of ['/v1/tokens', '/v1/tokens/dead']) {
    expect((await inside.request('POST', path, { token, body: {} })).status).toBe(404);
    expect((await fetch(`${inside.internalUrl!}${path}`, { method: 'POST', headers, body: '{}' })).status).toBe(400);
  }
  expect(
    (
      await fetch(`${inside.internalUrl!}/v1/scope-profiles`, {
        headers: { authorization: `Bearer ${await issuer.token()}` },
      })
    ).status,
  ).toBe(404);
  await inside.stop();
});

test('of 600 rapid requests for tokens most are told to come back later', async () => {
  const token = await issuer.token({
    claims: { sub: 'directory-sync', client_id: 'directory-sync', roles: ['service'], tenant_id: undefined },
  });
  const began = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 600 }, () => running.request('POST', '/v1/tokens', { token, body: {} })),
  );
  const seconds = (performance.now() - began) / 1_000;
  const limited = answers.filter(({ status }) => status === 429);
  expect(600 - limited.length).toBeLessThanOrEqual(50 + Math.ceil(5 * seconds));
  expect(limited.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400, 429]));
}, 100_000);

test.each([
  ['name', { name: ' ' }],
  ['name', { name: 'x'.repeat(101) }],
  ['name', { name: undefined }],
  ['name', { name: 'NUL\0' }],
  ['name', { name: 'half \ud800' }],
  ['name', { name: 'txt.\u202egpj' }],
  ['returnTo', { returnTo: 'http://127.0.0.1:3000/a\0b' }],
  ['profile', { profile: 'everything' }],
  ['installationId', { installationId: 'not-a-uuid' }],
  ['returnTo', { returnTo: 'https://evil.test/' }],
  ['returnTo', { returnTo: 'javascript:alert(1)' }],
  ['returnTo', { returnTo: undefined }],
])('a connection with a wrong %s is refused by that name (%j)', async (path, wrong) => {
  const token = await issuer.token({ roles: ['security_admin'] });
  const body = { name: 'Acme', profile: 'direct', returnTo: 'http://127.0.0.1:3000/settings', ...wrong };
  const answer = await running.request('POST', '/v1/connections', { token, body });
  expect(answer.status).toBe(400);
  expect((answer.body as { errors: { path: string }[] }).errors.map((error) => error.path)).toContain(path);
});

test('a policy with a wrong field is refused by its name', async () => {
  const token = await issuer.token({ roles: ['owner'] });
  const answer = await running.request('PUT', '/v1/policy', {
    token,
    body: { maxInstallations: 0, requireWorkspaceAdmin: 'yes' },
  });
  expect(answer.status).toBe(400);
  expect((answer.body as { errors: { path: string }[] }).errors.map((error) => error.path)).toEqual([
    'maxInstallations',
    'requireWorkspaceAdmin',
  ]);
});

test.each([
  '/slack/oauth/start',
  '/slack/oauth/start?connection=a.b.c',
  '/slack/oauth/callback?code=1&state=made-up',
  '/slack/oauth/callback?error=access_denied',
])('a browser with nothing we signed is told so and sent nowhere: %s', async (path) => {
  const answer = await running.request('GET', path);
  expect(answer.status).toBe(400);
  expect(answer.headers.get('location')).toBeNull();
  expect(answer.headers.get('content-type')).toContain('text/html');
  expect(answer.text).not.toContain('made-up');
});

test('a wrong key ring, origin or URL is told at the start, all at once and without the key', () => {
  const bad = {
    ...issuer.env,
    ...environment,
    TOKEN_KEYS: 'k1:c2VjcmV0',
    RETURN_TO_ORIGINS: 'https://a.example/path',
    PUBLIC_URL: 'carillon',
  };
  expect(() => loadConfig(config, bad)).toThrow(
    /PUBLIC_URL: .*\n.*TOKEN_KEYS: .*k1 is not 32 bytes.*\n.*RETURN_TO_ORIGINS: .*https:\/\/a\.example\/path/,
  );
  expect(() => loadConfig(config, bad)).not.toThrow(/c2VjcmV0/);
});

test('a printed configuration shows no secret', () => {
  const loaded = loadConfig(config, { ...issuer.env, ...environment });
  for (const printed of [JSON.stringify(loaded), inspect(loaded, { depth: 9 })]) {
    expect(printed).toContain('***');
    expect(printed).not.toContain('the-client-secret');
  }
});
