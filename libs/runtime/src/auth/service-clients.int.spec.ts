// Which routes Carillon's own services reach, and that nobody else reaches them.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { guardedService, type GuardedService } from '../testing/guarded-service.ts';

let guarded: GuardedService;
let service: GuardedService['service'];
let issuer: GuardedService['issuer'];

beforeAll(async () => {
  guarded = await guardedService();
  ({ service, issuer } = guarded);
});
afterAll(() => guarded.stop());

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
