// Who may call a route: every kind of token against every kind of route.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { guardedService, type GuardedService } from '../testing/guarded-service.ts';
import { undecidedRoutes } from '../testing/index.ts';

let guarded: GuardedService;
let service: GuardedService['service'];
let issuer: GuardedService['issuer'];
let memberIssuer: GuardedService['issuer'];
let unknownIssuer: GuardedService['issuer'];

beforeAll(async () => {
  guarded = await guardedService();
  ({ service, issuer, memberIssuer, unknownIssuer } = guarded);
});
afterAll(() => guarded.stop());

const me = (token?: string) => service.request('GET', '/v1/me', token === undefined ? {} : { token });

describe('who may call', () => {
  test('a member whose token one of our issuers signed, with the identity that the token gives', async () => {
    const answer = await me(
      await issuer.token({ memberId: 'ada', tenantId: 'acme', roles: ['member', 'owner'], email: 'ada@acme.test' }),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      address: '127.0.0.1',
      memberId: 'ada',
      tenantId: 'acme',
      tenantIds: ['acme'],
      clientId: 'ada',
      roles: ['owner', 'member'],
      email: 'ada@acme.test',
    });
    expect((await me(await memberIssuer.token({ tenantId: 'globex' }))).status).toBe(200);
  });

  test('the keys are fetched once, not for each request', async () => {
    await Promise.all(Array.from({ length: 5 }, async () => me(await issuer.token())));
    expect(issuer.requests.get('/jwks.json')).toBe(1);
  });

  test.each([
    ['no token', () => Promise.resolve(undefined)],
    ['something that is no token', () => Promise.resolve('hush')],
    ['an issuer that is not ours', () => unknownIssuer.token()],
    ['a stranger who claims to be our issuer', () => unknownIssuer.token({ issuer: issuer.url })],
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
    ['a tenant that its issuer may not speak for', () => memberIssuer.token({ tenantId: 'acme' })],
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
      token: await memberIssuer.token({ tenantId: 'globex', roles: ['operator', 'product', 'member'] }),
    });
    expect(answer).toMatchObject({ status: 200, body: { tenant: 'globex' } });
    expect((await me(await memberIssuer.token({ tenantId: 'globex', roles: ['admin'] }))).status).toBe(403);
  });

  test('clocks may differ by five seconds', async () => {
    expect((await me(await issuer.token({ expiresIn: -2 }))).status).toBe(200);
  });

  test('a role that the route does not name: 403', async () => {
    const answer = await me(await issuer.token({ roles: ['operator'], claims: { tenant_id: undefined } }));
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ detail: 'needs one of the roles member, admin; the token has operator' });
  });

  test('a token without a role: 403 that says so', async () => {
    expect(await me(await issuer.token({ roles: [] }))).toMatchObject({
      status: 403,
      body: { detail: 'needs one of the roles member, admin; the token has none' },
    });
  });

  test('a request without a valid token is counted by route and is no entry of the audit log', async () => {
    const counted = async (): Promise<number> => {
      const { text } = await service.request('GET', '/metrics');
      const line = /^http_requests_unauthenticated_total\{route="GET \/v1\/me"\} (\d+)$/m.exec(text);
      return Number(line?.[1] ?? 0);
    };
    const before = await counted();
    guarded.refusals.splice(0);
    await me();
    await me('hush');
    expect(await counted()).toBe(before + 2);
    expect(guarded.refusals).toEqual([]);
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
