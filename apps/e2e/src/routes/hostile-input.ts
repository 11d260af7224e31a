// No input breaks a route: each hostile request gets an answer below 500, and takes about as long as any other.
import { describe, expect, test } from '@jest/globals';
import {
  bodyOf,
  call,
  forEachRoute,
  nobodys,
  publicRoutes,
  routes,
  stage,
  tenants,
  tokenOf,
  type Role,
} from './context.ts';
import { exampleOf } from './example-of.ts';
import { bentFrom, hostileBodies, hostileQueries, hostileSegments } from './hostile-values.ts';
import { addressOf, nameOf, type Route } from './route.ts';

interface Attack {
  what: string;
  url: string;
  body?: string | Buffer | undefined;
}

/** Slow on a busy machine, and worth a comparison. */
const slowMs = 1_000;
/** As often as this, so that the shortest is not the machine's. */
const comparisons = 3;

/** None for a route that is open to everybody. */
function tokenFor({ access }: Route): Promise<string> | undefined {
  if (access === 'public') return undefined;
  const role = (access as Role[]).find((one) => one !== 'service') ?? 'service';
  return tokenOf([role], role === 'service' ? {} : tenants['own']!);
}

async function survives(attacksOf: (route: Route) => Iterable<Attack>): Promise<void> {
  const broken: string[] = [];
  const slow: { route: Route; token: string | undefined; attack: Attack }[] = [];
  let count = 0;
  await forEachRoute(
    async (route) => {
      const token = await tokenFor(route);
      for (const attack of attacksOf(route)) {
        const { status, ms } = await call(route, attack.url, { token, body: attack.body, hostile: true });
        count++;
        if (status >= 500) broken.push(`${nameOf(route)} ${attack.what.slice(0, 200)}: ${status}`);
        if (ms > slowMs) slow.push({ route, token, attack });
      }
    },
    [...routes, ...publicRoutes],
  );
  console.log(JSON.stringify({ requests: count, slowerThanASecond: slow.length }));
  expect(broken).toEqual([]);
  // What is slow by its input is slow each time, while a plain request of the same route is not.
  const slower: string[] = [];
  for (const { route, token, attack } of slow) {
    const plain = { url: addressOf(stage.playground, route, nobodys), body: bodyOf(route) };
    const shortest = { attack: Infinity, plain: Infinity };
    for (let n = 0; n < comparisons; n++) {
      const request = { token, hostile: true };
      shortest.plain = Math.min(shortest.plain, (await call(route, plain.url, { ...request, body: plain.body })).ms);
      shortest.attack = Math.min(
        shortest.attack,
        (await call(route, attack.url, { ...request, body: attack.body })).ms,
      );
    }
    if (shortest.attack > slowMs + 10 * shortest.plain)
      slower.push(`${nameOf(route)} ${attack.what.slice(0, 80)}: ${JSON.stringify(shortest)} ms`);
  }
  expect(slower).toEqual([]);
}

describe('hostile input', () => {
  test('in paths and queries is never a 5xx', async () => {
    await survives(function* (route) {
      const { playground } = stage;
      const body = bodyOf(route);
      for (const [, name] of route.path.matchAll(/\{(\w+)\}/g)) {
        for (const segment of hostileSegments) {
          const url = addressOf(playground, route, (one) => (one === name ? segment : nobodys(one)));
          yield { what: `${name}=${segment}`, url, body };
        }
      }
      const queries = new Set([
        'limit',
        'cursor',
        'tenantId',
        ...route.parameters.filter(({ in: place }) => place === 'query').map(({ name }) => name),
      ]);
      for (const query of [...queries].flatMap(hostileQueries))
        yield { what: query, url: addressOf(playground, route, nobodys, query), body };
    });
  });

  test('in bodies is never a 5xx', async () => {
    await survives(function* (route) {
      if (route.method === 'GET') return;
      const url = addressOf(stage.playground, route, nobodys);
      for (const body of hostileBodies()) yield { what: body.slice(0, 60).toString(), url, body };
      if (!route.body) return;
      for (const bent of bentFrom(exampleOf(route.body), route.body)) {
        const body = JSON.stringify(bent);
        yield { what: body.slice(0, 200), url, body };
      }
    });
  });
});
