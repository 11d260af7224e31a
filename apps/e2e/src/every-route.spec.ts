// What holds for every route of every service: who may call it, for which tenant, and that no input breaks it. The
// routes come from the OpenAPI documents of the running services.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { notificationIdOf } from '@carillon/domain/ids';
import { serviceNames } from '@carillon/playground';
import { exampleOf } from './routes/example-of.ts';
import { bentFrom, hostileBodies, hostileQueries, hostileSegments } from './routes/hostile-values.ts';
import { addressOf, everyRoute, nameOf, type Route } from './routes/route.ts';
import { Stage } from './stage.ts';

const tenantRoles = ['owner', 'security_admin', 'admin', 'member', 'product'] as const;
const allRoles = [...tenantRoles, 'service', 'operator'] as const;
type Role = (typeof allRoles)[number];

/** What a token may say of its tenant. */
const tenants = {
  own: { tenant_id: 'acme' },
  foreign: { tenant_id: 'globex' },
  none: {},
  null: { tenant_id: null },
  empty: { tenant_id: '' },
  number: { tenant_id: 7 },
  list: { tenant_id: ['acme'] },
  object: { tenant_id: { id: 'acme' } },
  undeclared: { tenant_id: 'initech' },
  __proto__: { tenant_id: '__proto__' },
  constructor: { tenant_id: 'constructor' },
} as unknown as Record<string, { tenant_id?: unknown }>;
const declared = ['own', 'foreign'];
const absent = ['none', 'null', 'empty'];

let stage: Stage;
let routes: Route[];
/** What belongs to acme, by the name of the parameter. */
let own: Record<string, string>;
let secrets: string[];

beforeAll(async () => {
  // Limits are not what is asked here, and every caller of this spec is one of a few.
  const env = {
    RATE_LIMIT_CALLER_PER_SECOND: '100000',
    RATE_LIMIT_CALLER_BURST: '100000',
    RATE_LIMIT_TENANT_PER_SECOND: '100000',
    RATE_LIMIT_TENANT_BURST: '100000',
  };
  stage = await Stage.start({
    services: serviceNames,
    seed: true,
    env: {
      installation: env,
      'directory-sync': env,
      preferences: env,
      delivery: env,
      'slack-ingress': env,
      console: env,
    },
  });
  routes = (await everyRoute(stage.playground)).filter(({ access }) => access !== 'public');
  const id = randomUUID();
  const title = `Only for acme ${id}`;
  await stage.product.publish([
    { id, data: { tenantId: 'acme', type: 'report.ready', to: [{ member: 'ada' }], title } },
  ]);
  const notificationId = notificationIdOf('acme', stage.product.source, id);
  await stage.ended([notificationId]);
  const deliveryId = (await stage.timeline(notificationId))!.decisions[0]!.deliveries[0]!.deliveryId;
  const { installationId, teamId } = stage.playground.tenant!;
  own = {
    id: installationId,
    installation: installationId,
    installationId,
    notificationId,
    deliveryId,
    member: 'ada',
    memberId: 'ada',
  };
  secrets = [installationId, teamId, deliveryId, title, 'ada@acme.test', 'U0ACMEADA'];
}, 180_000);

afterAll(() => stage?.stop(), 60_000);

const tokens = new Map<string, Promise<string>>();

function tokenOf(roles: Role[], claims: { tenant_id?: unknown }): Promise<string> {
  const key = JSON.stringify([roles, claims]);
  let token = tokens.get(key);
  if (!token)
    tokens.set(
      key,
      (token = stage.playground.issuer.mint({ sub: 'mallory', roles, claims: { ...claims, client_id: 'delivery' } })),
    );
  return token;
}

interface Answer {
  status: number;
  text: string;
  ms: number;
}

async function call(
  route: Route,
  url: string,
  {
    token,
    body,
    headers = {},
  }: { token?: string; body?: string | Buffer | undefined; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const began = performance.now();
  const response = await fetch(url, {
    method: route.method,
    redirect: 'manual',
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && route.method !== 'GET' && { body }),
  });
  return { status: response.status, text: await response.text(), ms: performance.now() - began };
}

const bodyOf = (route: Route, ids: Record<string, unknown> = {}): string | undefined =>
  route.body ? JSON.stringify(exampleOf(route.body, '', ids)) : undefined;
/** Nothing of anybody's, so that a permitted call changes nothing that is looked at later. */
const nobodys = (name = ''): string => (name === 'member' ? 'mallory' : '00000000-0000-4000-8000-000000000000');

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
  for (const route of routes) {
    const { status } = await call(route, addressOf(stage.playground, route, nobodys), { body: bodyOf(route) });
    if (status !== 401) wrong.push(`${nameOf(route)}: ${status}`);
  }
  expect(wrong).toEqual([]);
});

test('every role with every kind of tenant gets what it may have, and nothing else', async () => {
  const wrong: string[] = [];
  let tried = 0;
  for (const route of routes) {
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
  }
  expect(wrong).toEqual([]);
  expect(tried).toBe(routes.length * allRoles.length * Object.keys(tenants).length);
}, 300_000);

test('what belongs to acme does not exist for globex, under any role, and stays as it was', async () => {
  const wrong: string[] = [];
  for (const route of routes) {
    const address = addressOf(stage.playground, route, (name) => own[name] ?? nobodys(name));
    const query =
      route.method === 'GET'
        ? `?${new URLSearchParams(Object.fromEntries(route.parameters.filter(({ in: place, name }) => place === 'query' && own[name]).map(({ name }) => [name, own[name]!]))).toString()}`
        : '';
    const body = bodyOf(route, { ...own, installationIds: [own['installationId']] });
    for (const role of (route.access as Role[]).filter((role) => role !== 'service')) {
      for (const headers of [{}, { 'carillon-tenant': 'acme' }] as Record<string, string>[]) {
        const { status, text } = await call(route, address + query, {
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
  }
  expect(wrong).toEqual([]);
  const id = randomUUID();
  await stage.product.publish([
    { id, data: { tenantId: 'acme', type: 'report.ready', to: [{ member: 'ada' }], title: `Still there ${id}` } },
  ]);
  const notificationId = notificationIdOf('acme', stage.product.source, id);
  await stage.ended([notificationId]);
  expect(stage.outcomes.of(notificationId)).toMatchObject([{ outcome: 'delivered' }]);
}, 300_000);

describe('hostile input', () => {
  /** Every answer is below 500; how long each took is told, and only a stop is a failure. */
  async function survives(
    attack: (route: Route, token: string) => AsyncGenerator<Answer & { what: string }>,
  ): Promise<void> {
    const broken: string[] = [];
    const slow: { what: string; ms: number }[] = [];
    let count = 0;
    for (const route of routes) {
      const role = (route.access as Role[]).find((one) => one !== 'service') ?? 'service';
      const token = await tokenOf([role], role === 'service' ? {} : tenants['own']!);
      for await (const { status, ms, what } of attack(route, token)) {
        count++;
        if (status >= 500) broken.push(`${nameOf(route)} ${what.slice(0, 200)}: ${status}`);
        if (ms > 1_000) slow.push({ what: `${nameOf(route)} ${what.slice(0, 80)}`, ms: Math.round(ms) });
      }
    }
    console.log(
      JSON.stringify({
        requests: count,
        slowerThanASecond: slow.length,
        slowest: slow.sort((a, b) => b.ms - a.ms).slice(0, 5),
      }),
    );
    expect(broken).toEqual([]);
    expect(slow.filter(({ ms }) => ms > 10_000)).toEqual([]);
  }

  test('in paths and queries is never a 5xx', async () => {
    await survives(async function* (route, token) {
      const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
      for (const name of names) {
        for (const segment of hostileSegments) {
          const url = addressOf(stage.playground, route, (one) => (one === name ? segment : nobodys(one)));
          yield { ...(await call(route, url, { token, body: bodyOf(route) })), what: `${name}=${segment}` };
        }
      }
      const queries = new Set([
        'limit',
        'cursor',
        'tenantId',
        ...route.parameters.filter(({ in: place }) => place === 'query').map(({ name }) => name),
      ]);
      for (const query of [...queries].flatMap(hostileQueries)) {
        yield {
          ...(await call(route, addressOf(stage.playground, route, nobodys, query), { token, body: bodyOf(route) })),
          what: query,
        };
      }
    });
  }, 300_000);

  test('in bodies is never a 5xx', async () => {
    await survives(async function* (route, token) {
      if (route.method === 'GET') return;
      const url = addressOf(stage.playground, route, nobodys);
      for (const body of hostileBodies())
        yield { ...(await call(route, url, { token, body })), what: body.slice(0, 60).toString() };
      if (!route.body) return;
      for (const bent of bentFrom(exampleOf(route.body), route.body)) {
        const body = JSON.stringify(bent);
        yield { ...(await call(route, url, { token, body })), what: body.slice(0, 200) };
      }
    });
  }, 300_000);
});
