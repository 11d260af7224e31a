// The tenant of a request: from the token, named by callers of several, and 404 for the ids of others.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { guardedService, type GuardedService } from '../testing/guarded-service.ts';
import { tenantOf } from './identity.ts';

let guarded: GuardedService;
let service: GuardedService['service'];
let issuer: GuardedService['issuer'];
let operatorIssuer: GuardedService['issuer'];

beforeAll(async () => {
  guarded = await guardedService();
  ({ service, issuer, operatorIssuer } = guarded);
});
afterAll(() => guarded.stop());

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
    guarded.refusals.splice(0);
    const ada = await issuer.token();
    expect((await things(ada, '?tenantId=globex')).status).toBe(403);
    expect((await service.request('POST', '/v1/things', { token: ada, body: { tenantId: 'globex' } })).status).toBe(
      403,
    );
    expect(guarded.refusals).toEqual([
      ['ada', 'GET /v1/things', 'the token is not for this tenant'],
      ['ada', 'POST /v1/things', 'the token is not for this tenant'],
    ]);
  });

  test("whose object an id leads to is not told: another tenant's is 404 like none, and a refusal in the audit log", async () => {
    guarded.refusals.splice(0);
    const ada = await issuer.token();
    const thing = (id: string, token = ada) => service.request('GET', `/v1/things/${id}`, { token });
    expect((await thing('of-acme')).body).toEqual({ id: 'of-acme', tenantId: 'acme' });
    expect(guarded.refusals).toEqual([]);
    const foreign = await thing('of-globex');
    expect(foreign).toMatchObject({ status: 404, body: { detail: 'thing of-globex does not exist' } });
    expect((await thing('of-nobody')).status).toBe(404);
    const entry = ['ada', 'GET /v1/things/:id', "does not exist, or is another tenant's"];
    expect(guarded.refusals).toEqual([entry, entry]);
    expect((await thing('of-globex', await operator())).status).toBe(200);
    expect((await thing('of-globex', await product(['acme', 'globex']))).status).toBe(200);
  });

  test.each(['operator', 'service'] as const)(
    'is named by every %s of an issuer that may speak for some tenants only',
    async (role) => {
      const token = await operatorIssuer.token({
        memberId: 'delivery',
        roles: [role],
        claims: { tenant_id: undefined },
      });
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
