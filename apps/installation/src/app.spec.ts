// The service as a whole, offline: everything can be injected, every route is decided on, and what needs no database
// answers as the API promises.
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { scopeProfileNames } from '@carillon/domain';
import { loadConfig } from '@carillon/runtime';
import { startForTest, testIssuer, undecidedRoutes, type TestIssuer, type TestService } from '@carillon/runtime/testing';
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
  expect(items[0]!.scopes.map(({ scope }) => scope)).toEqual(['chat:write', 'im:write', 'users:read', 'users:read.email']);
  expect(items.flatMap(({ scopes }) => scopes).every(({ reason }) => reason.length > 10)).toBe(true);
});

test('nobody connects without a token, as a member, as an admin or for a tenant that is not declared', async () => {
  const body = { name: 'Acme', profile: 'direct', returnTo: 'http://127.0.0.1:3000/settings' };
  const connect = async (token?: string) => (await running.request('POST', '/v1/connections', { body, ...(token && { token }) })).status;
  expect(await connect()).toBe(401);
  expect(await connect(await issuer.token({ roles: ['member'] }))).toBe(403);
  expect(await connect(await issuer.token({ roles: ['admin'] }))).toBe(403);
  expect(await connect(await issuer.token({ roles: ['service'] }))).toBe(403);
  expect(await connect(await issuer.token({ roles: ['owner'], tenantId: 'nobody' }))).toBe(403);
});

test('only services ask for tokens', async () => {
  for (const path of ['/v1/tokens', '/v1/tokens/dead']) {
    const token = await issuer.token({ roles: ['owner', 'security_admin', 'admin', 'operator'] });
    expect((await running.request('POST', path, { token, body: {} })).status).toBe(403);
  }
});

test.each([
  ['name', { name: ' ' }],
  ['name', { name: 'x'.repeat(101) }],
  ['name', { name: undefined }],
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
  const answer = await running.request('PUT', '/v1/policy', { token, body: { maxInstallations: 0, requireWorkspaceAdmin: 'yes' } });
  expect(answer.status).toBe(400);
  expect((answer.body as { errors: { path: string }[] }).errors.map((error) => error.path)).toEqual(['maxInstallations', 'requireWorkspaceAdmin']);
});

test.each(['/slack/oauth/start', '/slack/oauth/start?connection=a.b.c', '/slack/oauth/callback?code=1&state=made-up', '/slack/oauth/callback?error=access_denied'])(
  'a browser with nothing we signed is told so and sent nowhere: %s',
  async (path) => {
    const answer = await running.request('GET', path);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.text).not.toContain('made-up');
  },
);

test('a wrong key ring, origin or URL is told at the start, all at once and without the key', () => {
  const bad = { ...issuer.env, ...environment, TOKEN_KEYS: 'k1:c2VjcmV0', RETURN_TO_ORIGINS: 'https://a.example/path', PUBLIC_URL: 'carillon' };
  expect(() => loadConfig(config, bad)).toThrow(/PUBLIC_URL: .*\n.*TOKEN_KEYS: .*k1 is not 32 bytes.*\n.*RETURN_TO_ORIGINS: .*https:\/\/a\.example\/path/);
  expect(() => loadConfig(config, bad)).not.toThrow(/c2VjcmV0/);
});

test('a printed configuration shows no secret', () => {
  const loaded = loadConfig(config, { ...issuer.env, ...environment });
  for (const printed of [JSON.stringify(loaded), inspect(loaded, { depth: 9 })]) {
    expect(printed).toContain('***');
    expect(printed).not.toContain('the-client-secret');
  }
});
