// Who may call a route, and for which tenant.
import { expect, test } from '@jest/globals';
import {
  allRoles,
  bodyOf,
  call,
  forEachRoute,
  nobodys,
  routes,
  stage,
  tenants,
  tokenOf,
  type Role,
} from './context.ts';
import { addressOf, nameOf, type Route } from './route.ts';

const declared = ['own', 'foreign'];
const absent = ['none', 'null', 'empty'];

function expectedOf(route: Route, role: Role, tenant: string): 'identified' | 401 | 403 {
  const admitted = (route.access as string[]).includes(role);
  if (role === 'service') {
    if (!absent.includes(tenant)) return 401;
    return admitted ? 'identified' : 403;
  }
  if (role === 'operator' && absent.includes(tenant)) return admitted ? 'identified' : 403;
  if (!declared.includes(tenant)) return 401;
  return admitted ? 'identified' : 403;
}

test('no route is forgotten: each says who may call it', () => {
  expect(routes.filter(({ access }) => access === 'nobody').map(nameOf)).toEqual([]);
  expect(routes.length).toBeGreaterThan(30);
});

test('no route answers who has no token', async () => {
  const wrong: string[] = [];
  await forEachRoute(async (route) => {
    const { status } = await call(route, addressOf(stage.playground, route, nobodys), { body: bodyOf(route) });
    if (status !== 401) wrong.push(`${nameOf(route)}: ${status}`);
  });
  expect(wrong).toEqual([]);
});

test('every role with every kind of tenant gets what it may have, and nothing else', async () => {
  const wrong: string[] = [];
  let tried = 0;
  await forEachRoute(async (route) => {
    const url = addressOf(stage.playground, route, nobodys);
    for (const role of allRoles) {
      for (const [name, claims] of Object.entries(tenants)) {
        const { status } = await call(route, url, { token: await tokenOf([role], claims), body: bodyOf(route) });
        const expected = expectedOf(route, role, name);
        tried++;
        // A permitted caller may still be told that this is not there, not valid, or not now; a service's route may not
        // be listed for it.
        const right =
          expected === 'identified'
            ? status !== 401 && (status !== 403 || role === 'service') && status < 500
            : status === expected;
        if (!right) wrong.push(`${nameOf(route)} as ${role} with tenant ${name}: ${status}, not ${expected}`);
      }
    }
  });
  expect(wrong).toEqual([]);
  expect(tried).toBe(routes.length * allRoles.length * Object.keys(tenants).length);
});
