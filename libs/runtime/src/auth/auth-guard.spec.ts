import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SampleModule, sampleConfig } from '../testing/sample-service.ts';
import { startForTest, testIssuer, undecidedRoutes, type TestIssuer, type TestService } from '../testing/index.ts';

let issuer: TestIssuer;
let second: TestIssuer;
let stranger: TestIssuer;
let service: TestService;

beforeAll(async () => {
  [issuer, second, stranger] = await Promise.all([testIssuer(), testIssuer(), testIssuer()]);
  service = await startForTest({
    config: sampleConfig,
    module: SampleModule,
    env: { AUTH_ISSUERS: `${issuer.url},${second.url}` },
    offline: true,
  });
});

afterAll(async () => {
  await service.stop();
  await Promise.all([issuer.close(), second.close(), stranger.close()]);
});

const me = (token?: string) => service.request('GET', '/v1/me', token === undefined ? {} : { token });

describe('who may call', () => {
  test('a member whose token one of our issuers signed, with the identity that the token gives', async () => {
    const answer = await me(await issuer.token({ memberId: 'ada', tenantId: 'acme', roles: ['member', 'owner'], email: 'ada@acme.test' }));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ memberId: 'ada', tenantId: 'acme', roles: ['owner', 'member'], email: 'ada@acme.test' });
    expect((await me(await second.token())).status).toBe(200);
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
  ])('%s: 401, without a word of the token', async (_, mint) => {
    const token = await mint();
    const answer = await me(token);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.body).toMatchObject({ title: 'Unauthorized', status: 401 });
    if (token) expect(answer.text).not.toContain(token);
  });

  test('clocks may differ by five seconds', async () => {
    expect((await me(await issuer.token({ expiresIn: -2 }))).status).toBe(200);
  });

  test('a role that the route does not name: 403', async () => {
    const answer = await me(await issuer.token({ roles: ['operator'] }));
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

describe('an identity provider that is away', () => {
  test('is a 503 that says to come back, and the next request asks it again', async () => {
    const provider = await testIssuer();
    const token = await provider.token();
    const isolated = await startForTest({ config: sampleConfig, module: SampleModule, env: provider.env, offline: true });
    await provider.close();
    const answer = await isolated.request('GET', '/v1/me', { token });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    await isolated.stop();
  });
});
