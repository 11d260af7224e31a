import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tenantOf } from './identity.ts';
import { SampleModule, sampleConfig } from '../testing/sample-service.ts';
import { startForTest, testIssuer, undecidedRoutes, type TestIssuer, type TestService } from '../testing/index.ts';

let issuer: TestIssuer;
let second: TestIssuer;
let third: TestIssuer;
let stranger: TestIssuer;
let service: TestService;
let folder: string;
let refusals: [caller: string, route: string, reason: string][];

beforeAll(async () => {
  [issuer, second, third, stranger] = await Promise.all([testIssuer(), testIssuer(), testIssuer(), testIssuer()]);
  folder = mkdtempSync(join(tmpdir(), 'carillon-issuers-'));
  const tenantsFile = join(folder, 'tenants.yaml');
  const bindings = [
    { url: issuer.url, tenants: '*', roles: ['owner', 'admin', 'member', 'product', 'service', 'operator'] },
    { url: second.url, tenants: ['globex'], roles: ['member'] },
    { url: third.url, tenants: ['globex'], roles: ['operator', 'service'] },
  ];
  writeFileSync(
    tenantsFile,
    JSON.stringify({
      tenants: [
        { id: 'acme', name: 'Acme' },
        { id: 'globex', name: 'Globex' },
      ],
      issuers: bindings,
    }),
  );
  service = await startForTest({
    config: sampleConfig,
    module: SampleModule,
    env: {
      AUTH_ISSUERS: `${issuer.url},${second.url},${third.url}`,
      TENANTS_FILE: tenantsFile,
      SERVICE_CLIENTS: 'delivery=POST /v1/secrets',
    },
    offline: true,
    adjust: ({ audit }) => {
      audit.recordRefusal = (caller, { route, reason }) =>
        void refusals.push(['memberId' in caller ? caller.memberId : '', route, reason]);
    },
  });
});

beforeEach(() => {
  refusals = [];
});

afterAll(async () => {
  await service.stop();
  await Promise.all([issuer.close(), second.close(), third.close(), stranger.close()]);
  rmSync(folder, { recursive: true });
});

const me = (token?: string) => service.request('GET', '/v1/me', token === undefined ? {} : { token });

describe('who may call', () => {
  test('a member whose token one of our issuers signed, with the identity that the token gives', async () => {
    const answer = await me(
      await issuer.token({ memberId: 'ada', tenantId: 'acme', roles: ['member', 'owner'], email: 'ada@acme.test' }),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      memberId: 'ada',
      tenantId: 'acme',
      tenantIds: ['acme'],
      clientId: 'ada',
      roles: ['owner', 'member'],
      email: 'ada@acme.test',
    });
    expect((await me(await second.token({ tenantId: 'globex' }))).status).toBe(200);
  });

  test('the keys are fetched once, not for each request', async () => {
    await Promise.all(Array.from({ length: 5 }, async () => me(await issuer.token())));
    expect(issuer.requests.get('/jwks.json')).toBe(1);
  });

  test.each([
    ['no token', () => Promise.resolve(undefined)],
    ['something that is no token', () => Promise.resolve('hush')],
    ['an issuer that is not ours', () => stranger.token()],
    ['a stranger who claims to be our issuer', () => stranger.token({ issuer: issuer.url })],
    ['a key that our issuer does not publish', () => issuer.token({ forged: true })],
    ['another audience', () => issuer.token({ audience: 'someone-else' })],
    ['an expired token', () => issuer.token({ expiresIn: -10 })],
    ['a tenant whose id could be read as two', () => issuer.token({ tenantId: 'acme:ada' })],
    ['no tenant', () => issuer.token({ claims: { tenant_id: undefined } })],
    ['a tenant that is null', () => issuer.token({ claims: { tenant_id: null } })],
    ['an empty tenant', () => issuer.token({ tenantId: '' })],
    ['a tenant that is a list', () => issuer.token({ claims: { tenant_id: ['acme'] } })],
    ['a tenant that is a number', () => issuer.token({ claims: { tenant_id: 7 } })],
    ['a tenant that nobody declared', () => issuer.token({ tenantId: 'initech' })],
    ['a tenant named as what every object has', () => issuer.token({ tenantId: '__proto__' })],
    ['tenant_ids from who is no product', () => issuer.token({ tenantIds: ['acme'] })],
    ['a tenant that its issuer may not speak for', () => second.token({ tenantId: 'acme' })],
    ['a subject that is a number', () => issuer.token({ claims: { sub: 7 } })],
    ['a subject with a line break', () => issuer.token({ memberId: 'a\nb' })],
    ['the type of an ID token', () => issuer.token({ type: 'JWT' })],
    ['no type', () => issuer.token({ type: null })],
    ['a logout token', () => issuer.token({ type: 'logout+jwt' })],
    ['the claims of an ID token', () => issuer.token({ claims: { nonce: 'n' } })],
    ['the claims of a logout token', () => issuer.token({ claims: { events: {} } })],
    ['a token bound to a key (DPoP)', () => issuer.token({ claims: { cnf: { jkt: 'x' } } })],
    ['a service of ours that names a tenant', () => issuer.token({ roles: ['service'] })],
    [
      'a service of ours with another role',
      () => issuer.token({ roles: ['service', 'operator'], claims: { tenant_id: undefined } }),
    ],
  ])('%s: 401, without a word of the token', async (_, mint) => {
    const token = await mint();
    const answer = await me(token);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.body).toMatchObject({ title: 'Unauthorized', status: 401 });
    if (token) expect(answer.text).not.toContain(token);
  });

  test('an issuer gives only the roles that it is bound to', async () => {
    const answer = await service.request('GET', '/v1/things', {
      token: await second.token({ tenantId: 'globex', roles: ['operator', 'product', 'member'] }),
    });
    expect(answer).toMatchObject({ status: 200, body: { tenant: 'globex' } });
    expect((await me(await second.token({ tenantId: 'globex', roles: ['admin'] }))).status).toBe(403);
  });

  test('clocks may differ by five seconds', async () => {
    expect((await me(await issuer.token({ expiresIn: -2 }))).status).toBe(200);
  });

  test('a role that the route does not name: 403', async () => {
    const answer = await me(await issuer.token({ roles: ['operator'], claims: { tenant_id: undefined } }));
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ detail: 'needs one of the roles member, admin' });
  });

  test('nobody, where nobody was named: 403 even for an owner', async () => {
    const answer = await service.request('GET', '/v1/forgotten', { token: await issuer.token({ roles: ['owner'] }) });
    expect(answer.status).toBe(403);
  });

  test('such routes can be listed', () => {
    expect(undecidedRoutes(service.app)).toEqual(['GET /v1/forgotten']);
  });

  test('a public class opens no route that names its roles', async () => {
    expect((await service.request('GET', '/open/closed')).status).toBe(401);
    expect((await service.request('GET', '/open')).status).toBe(200);
  });

  test('everybody, where it is public, whatever the header says', async () => {
    expect((await service.request('GET', '/v1/greeting', { token: 'nonsense' })).status).toBe(200);
  });
});

describe('a tenant', () => {
  const product = (tenantIds: string[]) => issuer.token({ memberId: 'crm', roles: ['product'], tenantIds });
  const operator = (tenantId?: string) =>
    issuer.token({ memberId: 'op', roles: ['operator'], claims: { tenant_id: tenantId } });
  const things = (token: string, query = '', headers: Record<string, string> = {}) =>
    service.request('GET', `/v1/things${query}`, { token, headers });

  test('is that of the token; another one is refused, however it is named', async () => {
    const ada = await issuer.token();
    expect((await things(ada)).body).toEqual({ tenant: 'acme' });
    expect((await things(ada, '?tenantId=acme')).body).toEqual({ tenant: 'acme' });
    for (const answer of [
      await things(ada, '?tenantId=globex'),
      await things(ada, '', { 'carillon-tenant': 'globex' }),
      await things(ada, '?tenantId=__proto__'),
    ]) {
      expect(answer).toMatchObject({ status: 403, body: { detail: 'the token is not for this tenant' } });
    }
    expect((await things(ada, '?tenantId=acme&tenantId=globex')).status).toBe(400);
  });

  test('is named by a product that serves several, and is one of those', async () => {
    const both = await product(['acme', 'globex', 'initech']);
    expect(await things(both)).toMatchObject({ status: 400, body: { errors: [{ path: 'tenantId' }] } });
    expect((await things(both, '?tenantId=globex')).body).toEqual({ tenant: 'globex' });
    expect((await things(both, '', { 'carillon-tenant': 'acme' })).body).toEqual({ tenant: 'acme' });
    expect((await things(both, '?tenantId=initech')).status).toBe(403);
    expect((await things(await product(['initech']))).status).toBe(401);
    expect((await things(await product(['acme']))).body).toEqual({ tenant: 'acme' });
  });

  test('is named by an operator, whose token may limit it to one', async () => {
    expect((await things(await operator())).status).toBe(400);
    expect((await things(await operator(), '?tenantId=globex')).body).toEqual({ tenant: 'globex' });
    expect((await things(await operator('acme'), '?tenantId=globex')).status).toBe(403);
    expect((await things(await operator('__proto__'))).status).toBe(401);
    const ofAcme = await issuer.token({ memberId: 'op', roles: ['operator'], tenantIds: ['acme'] });
    expect((await things(ofAcme)).body).toEqual({ tenant: 'acme' });
    expect((await things(ofAcme, '?tenantId=globex')).status).toBe(403);
  });

  test("that is not the caller's is one refusal in the audit log, whether the guard or the controller sees it", async () => {
    const ada = await issuer.token();
    expect((await things(ada, '?tenantId=globex')).status).toBe(403);
    expect((await service.request('POST', '/v1/things', { token: ada, body: { tenantId: 'globex' } })).status).toBe(
      403,
    );
    expect(refusals).toEqual([
      ['ada', 'GET /v1/things', 'the token is not for this tenant'],
      ['ada', 'POST /v1/things', 'the token is not for this tenant'],
    ]);
  });

  test.each(['operator', 'service'] as const)(
    'is named by every %s of an issuer that may speak for some tenants only',
    async (role) => {
      const token = await third.token({ memberId: 'delivery', roles: [role], claims: { tenant_id: undefined } });
      expect((await things(token, '?tenantId=globex')).status).toBe(401);
      expect((await service.request('POST', '/v1/secrets', { token })).status).toBe(401);
    },
  );

  test('of the header is the one that a request is about, whatever else it names', () => {
    const product = { memberId: 'crm', roles: ['product' as const], tenantIds: ['acme', 'globex'], tenantId: 'globex' };
    expect(tenantOf(product, 'globex')).toBe('globex');
    expect(() => tenantOf(product, 'acme')).toThrow('the token is not for this tenant');
  });
});

describe("Carillon's own services", () => {
  const client = (id: string) =>
    issuer.token({ memberId: id, roles: ['service'], claims: { tenant_id: undefined, client_id: id } });

  test('reach the routes that are listed for them, a few times a second', async () => {
    const token = await client('delivery');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.request('POST', '/v1/secrets', { token })),
    );
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(3);
    const limited = answers.filter(({ status }) => status === 429);
    expect(limited.length).toBeGreaterThanOrEqual(15);
    for (const { headers } of limited) expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  test.each(['console', '__proto__', 'constructor'])('%s, which is not listed: 403', async (id) => {
    expect((await service.request('POST', '/v1/secrets', { token: await client(id) })).status).toBe(403);
  });

  test('no product is one of them', async () => {
    expect(
      (
        await service.request('POST', '/v1/secrets', {
          token: await issuer.token({ memberId: 'delivery', roles: ['product'] }),
        })
      ).status,
    ).toBe(403);
  });
});

describe('the internal listener', () => {
  test('serves internal routes and health, and the public one everything else', async () => {
    const internal = await startForTest({
      config: sampleConfig,
      module: SampleModule,
      env: {
        ...issuer.env,
        INTERNAL_PORT: '0',
        INTERNAL_HOST: '127.0.0.1',
        SERVICE_CLIENTS: 'delivery=POST /v1/secrets',
      },
      offline: true,
    });
    const token = await issuer.token({ memberId: 'delivery', roles: ['service'], claims: { tenant_id: undefined } });
    const within = (method: string, path: string) =>
      fetch(new URL(path, internal.internalUrl), { method, headers: { authorization: `Bearer ${token}` } });
    try {
      expect((await internal.request('POST', '/v1/secrets', { token })).status).toBe(404);
      expect((await within('POST', '/v1/secrets')).status).toBe(201);
      expect((await within('GET', '/v1/greeting')).status).toBe(404);
      expect((await within('GET', '/healthz')).status).toBe(200);
    } finally {
      await internal.stop();
    }
  });
});

describe('an identity provider that is away', () => {
  test('is a 503 that says to come back, and the next request asks it again', async () => {
    const provider = await testIssuer();
    const token = await provider.token();
    const isolated = await startForTest({
      config: sampleConfig,
      module: SampleModule,
      env: provider.env,
      offline: true,
    });
    await provider.close();
    const answer = await isolated.request('GET', '/v1/me', { token });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    await isolated.stop();
  });

  test('does not stop who has a token with a key that is known, and costs others no wait', async () => {
    const provider = await testIssuer();
    const isolated = await startForTest({
      config: sampleConfig,
      module: SampleModule,
      env: provider.env,
      offline: true,
    });
    const token = await provider.token();
    expect((await isolated.request('GET', '/v1/me', { token })).status).toBe(200);
    await provider.close();
    expect((await isolated.request('GET', '/v1/me', { token })).status).toBe(200);
    await isolated.stop();
  });

  test('a key that nobody publishes is asked for once, not for each token', async () => {
    const provider = await testIssuer();
    const isolated = await startForTest({
      config: sampleConfig,
      module: SampleModule,
      env: provider.env,
      offline: true,
    });
    await isolated.request('GET', '/v1/me', { token: await provider.token() });
    const asked = provider.requests.get('/jwks.json');
    for (let i = 0; i < 5; i++)
      expect(
        (await isolated.request('GET', '/v1/me', { token: await provider.token({ keyId: `nobody-${i}` }) })).status,
      ).toBe(401);
    expect(provider.requests.get('/jwks.json')).toBe(asked);
    await isolated.stop();
    await provider.close();
  });
});
