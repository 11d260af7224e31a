// Which events wait, where there are more than may.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WaitingEvents, type RecentEvent } from './waiting-events.ts';

const eventOf = (tenantId: string, type: string, id = ''): RecentEvent =>
  ({ id, request: { tenantId, type, title: type } }) as RecentEvent;

const pairs = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(30).map(String)), { maxLength: 80 });

test('a tenant with few types keeps all of them, however many types others have', () => {
  fc.assert(
    fc.property(pairs, (given) => {
      const waiting = new WaitingEvents(12);
      for (const [tenant, type] of given) waiting.add(eventOf(tenant, type));
      const all = Map.groupBy(given, ([tenant]): string => tenant);
      const kept = Map.groupBy(waiting.take(), ({ request }) => request.tenantId);
      const typesOf = (tenant: string): number => new Set(all.get(tenant)?.map(([, type]) => type)).size;
      const keptOf = (tenant: string): number => new Set(kept.get(tenant)?.map(({ request }) => request.type)).size;
      for (const tenant of ['a', 'b', 'c']) expect(keptOf(tenant)).toBeGreaterThanOrEqual(Math.min(typesOf(tenant), 4));
      expect([...all.keys()].reduce((sum, tenant) => sum + keptOf(tenant), 0)).toBeLessThanOrEqual(12);
    }),
  );
});

test('of one type the newest wait, and none waits twice', () => {
  const waiting = new WaitingEvents();
  for (let n = 0; n < 50; n++) expect(waiting.add(eventOf('a', 't', String(n)))).toBe(0);
  expect(waiting.take().map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, n) => String(30 + n)));
  expect(waiting.take()).toEqual([]);
});
