// What a caller of another tenant sees and changes: nothing.
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { notificationIdOf } from '@carillon/domain/ids';
import { bodyOf, call, forEachRoute, nobodys, own, secrets, stage, tenants, tokenOf, type Role } from './context.ts';
import { addressOf, nameOf, type Route } from './route.ts';

/** The query of a route that reads: with what belongs to acme, where the route takes it. */
function queryOf({ method, parameters }: Route): string {
  if (method !== 'GET') return '';
  const names = parameters.filter(({ in: place, name }) => place === 'query' && own[name]).map(({ name }) => name);
  return `?${new URLSearchParams(Object.fromEntries(names.map((name) => [name, own[name]!]))).toString()}`;
}

test('what belongs to acme does not exist for globex, under any role, and stays as it was', async () => {
  const wrong: string[] = [];
  await forEachRoute(async (route) => {
    const address = addressOf(stage.playground, route, (name) => own[name] ?? nobodys(name));
    const body = bodyOf(route, { ...own, installationIds: [own['installationId']] });
    for (const role of (route.access as Role[]).filter((role) => role !== 'service')) {
      for (const headers of [{}, { 'carillon-tenant': 'acme' }] as Record<string, string>[]) {
        const { status, text } = await call(route, address + queryOf(route), {
          token: await tokenOf([role], tenants['foreign']!),
          body,
          headers,
        });
        if (status >= 500) wrong.push(`${nameOf(route)} as ${role}: ${status}`);
        if ('carillon-tenant' in headers && status !== 403)
          wrong.push(`${nameOf(route)} as ${role} naming acme: ${status}, not 403`);
        // A lane is a workspace; who runs the platform sees which there are.
        const seen = role === 'operator' ? secrets.filter((one) => one !== stage.playground.tenant!.teamId) : secrets;
        for (const secret of seen.filter(
          (one) => text.includes(one) && !address.includes(one) && !(body ?? '').includes(one),
        )) {
          wrong.push(`${nameOf(route)} as ${role} of globex shows ${secret}`);
        }
      }
    }
  });
  expect(wrong).toEqual([]);
  const id = randomUUID();
  await stage.product.publish([
    { id, data: { tenantId: 'acme', type: 'report.ready', to: [{ member: 'ada' }], title: `Still there ${id}` } },
  ]);
  const notificationId = notificationIdOf('acme', stage.product.source, id);
  await stage.ended([notificationId]);
  expect(stage.outcomes.of(notificationId)).toMatchObject([{ outcome: 'delivered' }]);
});
