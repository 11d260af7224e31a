// The parts of the quota that need neither Kafka nor a database.
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SpareCapacity } from './spare-capacity.ts';
import { costOf } from './request-cost.ts';
import { TenantOfRecord } from './tenant-of-record.ts';
import { TenantTurns } from './tenant-turns.ts';
import { TokenBuckets } from './token-buckets.ts';

const tenants = {
  has: (id: string): boolean => id === 'acme' || id === 'größe',
  allowsSource: (id: string, source: string): boolean => source === `/${id}`,
};
const place = { topic: 'carillon.notification.requested.v1', partition: 0 };
const reader = new TenantOfRecord(tenants);
const binary = (source: string) => ({ ce_specversion: '1.0', ce_id: '1', ce_source: source, ce_type: place.topic });
const tenantOf = (value: unknown, headers: Record<string, string> = binary('/acme')): string | undefined => {
  const bytes = value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return reader.of({ key: null, value: bytes, headers, offset: '0', timestamp: '0' }, place);
};
const request = { type: 't', title: 'x' };
const base64 = (data: object): string => Buffer.from(JSON.stringify(data)).toString('base64');
const structured = (event: object) => ({ specversion: '1.0', id: '1', source: '/acme', type: place.topic, ...event });
const cloudEvent = { 'content-type': 'application/cloudevents+json' };

describe('the tenant whose quota a record counts against', () => {
  test.each([
    [{ tenantId: 'acme', title: 'x' }, 'acme'],
    [{ ...request, data: { text: '"tenantId":"none"' }, tenantId: 'acme' }, 'acme'],
    [{ ...request, data: { tenantId: 'größe' }, tenantId: 'acme' }, 'acme'],
    ['{ "tenantId" :\n "acme" }', 'acme'],
    ['{"\\u0074enantId":"acme","type":"t","title":"x"}', 'acme'],
    ['{"tenantId":"\\u0061cme","type":"t","title":"x"}', 'acme'],
    [{ ...request, tenantId: 'nobody' }, undefined],
    [{ ...request, tenantId: '__proto__' }, undefined],
    ['{"tenantId":"acme', undefined],
    ['{"tenantId":17}', undefined],
    ['{"tenantId"', undefined],
    ['', undefined],
    [null, undefined],
  ])('%j: %s', (value, expected) => {
    expect(tenantOf(value)).toBe(expected);
  });

  test('is none where the source may not publish for it', () => {
    expect(tenantOf({ ...request, tenantId: 'größe' })).toBeUndefined();
  });

  test('is found in structured mode, in base64 and behind headers in upper case', () => {
    const data = { ...request, tenantId: 'acme' };
    expect(tenantOf(structured({ data }), cloudEvent)).toBe('acme');
    expect(tenantOf(structured({ data_base64: base64(data) }), cloudEvent)).toBe('acme');
    expect(tenantOf(structured({ source: '/größe', data }), cloudEvent)).toBeUndefined();
    const upper = Object.entries(binary('/acme')).map(([name, value]) => [name.toUpperCase(), value]);
    expect(tenantOf(data, Object.fromEntries(upper) as Record<string, string>)).toBe('acme');
  });
});

describe('the cost of a request', () => {
  const withRecipients = (count: number): Buffer =>
    Buffer.from(JSON.stringify({ ...request, to: Array.from({ length: count }, (_, n) => ({ member: `m${n}` })) }));

  test('is one for a small request, and grows with recipients and bytes', () => {
    expect(costOf(withRecipients(1))).toBe(1);
    expect(costOf(withRecipients(1_000))).toBe(63);
    expect(costOf(Buffer.alloc(40_000, 'x'))).toBe(10);
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

  test('gives nothing until what was charged is paid for, to this tenant alone', () => {
    const of = buckets();
    of.charge('acme', 50, 0);
    expect([taken(of, 'acme', 2_900), taken(of, 'globex', 2_900), taken(of, 'acme', 3_500)]).toEqual([0, 1, 5]);
  });

  test('says how long it takes until it gives as much, and gives it then and not before', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(amounts, (tokens) => {
        const of = new TokenBuckets(() => ({ requestsPerSecond: 4, burst: 10 }));
        let now = 0;
        for (const amount of tokens) {
          const waitMs = of.waitMs('acme', amount, now);
          if (waitMs > 1) expect(of.take('acme', amount, now + waitMs - 1)).toBe(false);
          // A millisecond for what adding fractions loses.
          now += Math.ceil(waitMs) + 1;
          expect(of.take('acme', amount, now)).toBe(true);
        }
      }),
    );
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
