// The parts of the quota that need neither Kafka nor a database.
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { SpareCapacity } from './spare-capacity.ts';
import { tenantOfRecord } from './tenant-of-record.ts';
import { TenantTurns } from './tenant-turns.ts';
import { TokenBuckets } from './token-buckets.ts';

const isDeclared = (id: string): boolean => id === 'acme' || id === 'größe';
const tenantOf = (value: unknown): string | undefined =>
  tenantOfRecord(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), isDeclared);

describe('the tenant of a record that was not read', () => {
  test.each([
    [{ tenantId: 'acme', title: 'x' }, 'acme'],
    [{ title: 'says \\"tenantId\\":\\"none\\"', tenantId: 'acme' }, 'acme'],
    ['{ "tenantId" :\n "acme" }', 'acme'],
    [{ specversion: '1.0', data: { tenantId: 'größe' } }, 'größe'],
    [{ tenantId: 'nobody' }, undefined],
    [{ tenantId: '__proto__' }, undefined],
    ['{"tenantId":"acme', undefined],
    ['{"tenantId":17}', undefined],
    ['{"tenantId"', undefined],
    ['', undefined],
  ])('%j: %s', (value, expected) => {
    expect(tenantOf(value)).toBe(expected);
  });

  test('a tombstone has none', () => {
    expect(tenantOfRecord(null, isDeclared)).toBeUndefined();
  });
});

describe('a token bucket', () => {
  const buckets = () =>
    new TokenBuckets((tenant) => ({
      requestsPerSecond: tenant === 'acme' ? 10 : 1,
      burst: tenant === 'acme' ? 20 : 1,
    }));
  const taken = (of: TokenBuckets, tenant: string, nowMs: number): number => {
    let count = 0;
    while (of.take(tenant, 1, nowMs)) count++;
    return count;
  };

  test('gives its burst, then its rate, to each tenant its own', () => {
    const of = buckets();
    expect([taken(of, 'acme', 0), taken(of, 'globex', 0), taken(of, 'acme', 500), taken(of, 'acme', 60_000)]).toEqual([
      20, 1, 5, 20,
    ]);
  });

  test('gives what is larger than the burst when it is full, and takes its time afterwards', () => {
    const of = buckets();
    expect([of.take('acme', 50, 0), of.take('acme', 1, 2_900), of.take('acme', 1, 3_200)]).toEqual([true, false, true]);
  });
});

describe('the turns of tenants', () => {
  test('go to whom was served least; who comes later begins level with that', () => {
    const turns = new TenantTurns();
    const order: string[] = [];
    const serve = (tenants: string[], requests: number): void => {
      const tenant = turns.next(tenants);
      order.push(tenant);
      for (let n = 0; n < requests; n++) turns.served(tenant);
    };
    for (let n = 0; n < 3; n++) serve(['large'], 200);
    serve(['large', 'small'], 5);
    for (let n = 0; n < 4; n++) serve(['large', 'small', 'late'], 200);
    expect(order).toEqual(['large', 'large', 'large', 'large', 'small', 'late', 'large', 'small']);
  });
});

test('deferred requests wait while others are handled, but not for ever, and are never resolved faster than their rate', async () => {
  const capacity = new SpareCapacity(1_000);
  const { signal } = new AbortController();
  const order: string[] = [];
  let release = (): void => undefined;
  const other = (): Promise<void> => new Promise<void>((resolve) => (release = resolve));
  const first = capacity.prioritize(1, other).then(() => order.push('other'));
  const waiting = capacity.turn(1, signal).then(() => order.push('deferred'));
  // One that does not wait has its turn meanwhile.
  await setImmediate();
  release();
  await Promise.all([first, waiting]);
  expect(order).toEqual(['other', 'deferred']);
  const stuck = capacity.prioritize(1, other);
  await capacity.turn(1, signal);
  release();
  await stuck;
  const begun = performance.now();
  for (let n = 0; n < 3; n++) await capacity.turn(100, signal);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(190);
});
