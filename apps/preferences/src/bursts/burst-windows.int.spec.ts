// The windows of bursts on a real database: one process that decides again, two at once, tenants apart, and a window
// that somebody keeps locked.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { Lifecycle } from '@carillon/runtime';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { migrations } from '../database/migrations/index.ts';
import { BurstsFake } from '../testing/bursts-fake.ts';
import type { BurstClaim } from './burst-window.ts';
import { BurstWindows } from './burst-windows.ts';
import { ForgetBursts } from './forget-bursts.ts';

jest.setTimeout(60_000);

let database: TestDatabase;
let pools: Pool[];
/** As two processes have them. */
let one: BurstWindows;
let other: BurstWindows;

beforeAll(async () => {
  database = await createTestDatabase();
  pools = [createPool(database.url), createPool(database.url)];
  await migrate(createDataSource({ url: database.url, entities: [], migrations }));
  [one, other] = pools.map((pool) => new BurstWindows(pool)) as [BurstWindows, BurstWindows];
});

afterAll(async () => {
  await Promise.all((pools ?? []).map((pool) => pool.end()));
  await database?.drop();
});

const noon = Date.parse('2026-11-26T12:00:00Z');
const minute = 60_000;
const claim = (recipient: string, given: Partial<BurstClaim> = {}): BurstClaim => ({
  ...{ tenantId: 'acme', type: 'check.failed', recipient, countedId: randomUUID(), isGroup: false },
  throttle: { limit: 3, minutes: 10 },
  ...given,
});
const claimsOf = (recipient: string, count: number) => Array.from({ length: count }, () => claim(recipient));
const numbers = (positions: Awaited<ReturnType<BurstWindows['take']>>) => positions.map((one) => one?.position);

test('who decides again after a crash, even when the window is over, gets the same positions', async () => {
  const claims = claimsOf('member:ada', 5);
  const first = await one.take(claims, noon);
  expect(first).toEqual([1, 2, 3, 4, 5].map((position) => ({ startedAt: noon, endsAt: noon + 10 * minute, position })));
  expect(await other.take([...claims].reverse(), noon + minute)).toEqual([...first].reverse());
  const later = claim('member:ada');
  expect(await other.take([...claims, later, claims[0]!], noon + 11 * minute)).toEqual([
    ...first,
    { startedAt: noon + 11 * minute, endsAt: noon + 21 * minute, position: 1 },
    first[0],
  ]);
});

test('a look counts nothing, and says what a claim would get', async () => {
  const claims = claimsOf('member:bob', 3);
  expect(numbers(await one.look(claims, noon))).toEqual([1, 2, 3]);
  expect(numbers(await one.take(claims.slice(0, 2), noon))).toEqual([1, 2]);
  expect(numbers(await other.look([claims[2]!, claims[0]!], noon))).toEqual([3, 1]);
});

test('two processes that count the same at once agree, and no place of a window is taken twice', async () => {
  for (let round = 0; round < 10; round++) {
    const people = Array.from({ length: 20 }, (_, n) => `member:${round}-${n}`);
    const claims = people.flatMap((person) => claimsOf(person, 5));
    const reversed = [...claims].reverse();
    const [left, right] = await Promise.all([one.take(claims, noon), other.take(reversed, noon + 1)]);
    expect([...right].reverse()).toEqual(left);
    const byPerson = Map.groupBy(claims.keys(), (place) => claims[place]!.recipient);
    for (const places of byPerson.values())
      expect(places.map((place) => left[place]!.position).sort()).toEqual([1, 2, 3, 4, 5]);
  }
});

test('tenants, types and recipients are counted apart', async () => {
  const apart = [
    claim('member:cyd'),
    claim('member:cyd', { tenantId: 'globex' }),
    claim('member:cyd', { type: 'check.passed' }),
    claim('channel:T1:C1'),
  ];
  expect(numbers(await one.take([...apart, ...apart.map((of) => ({ ...of, countedId: randomUUID() }))], noon))).toEqual(
    [1, 1, 1, 1, 2, 2, 2, 2],
  );
});

test('a window that somebody keeps locked makes nobody wait for long; the others are counted', async () => {
  const [locked, free] = [claimsOf('member:dan', 2), claimsOf('member:eve', 2)];
  await one.take([locked[0]!], noon);
  const client = await pools[0]!.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT FROM burst_window WHERE recipient = 'member:dan' FOR UPDATE`);
    const begin = performance.now();
    expect(numbers(await other.take([locked[1]!, ...free], noon))).toEqual([undefined, 1, 2]);
    expect(performance.now() - begin).toBeLessThan(5_000);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
  expect(numbers(await other.take([locked[1]!], noon))).toEqual([2]);
});

test('the database counts as the function does', async () => {
  const ids = Array.from({ length: 12 }, () => randomUUID());
  const batches = fc.array(
    fc.record({
      after: fc.nat(4 * minute),
      claims: fc.array(
        fc.record({
          recipient: fc.constantFrom('member:fay', 'member:gus'),
          countedId: fc.constantFrom(...ids),
          isGroup: fc.boolean(),
        }),
        { minLength: 1, maxLength: 6 },
      ),
    }),
    { maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(batches, fc.uuid(), async (given, tenantId) => {
      const model = new BurstsFake();
      const salt = randomUUID().slice(0, 8);
      let at = noon;
      for (const { after, claims } of given) {
        at += after;
        const asked = claims.map(({ countedId, recipient, isGroup }) =>
          claim(`${recipient}-${salt}`, { tenantId, countedId, isGroup, throttle: { limit: 2, minutes: 5 } }),
        );
        expect(await one.look(asked.slice(0, 1), at)).toEqual(await model.look(asked.slice(0, 1), at));
        expect(await one.take(asked, at)).toEqual(await model.take(asked, at));
      }
    }),
    { numRuns: 40 },
  );
});

test('what is over is deleted, and nothing else', async () => {
  const [old, kept] = [claim('member:old'), claim('member:kept')];
  const day = 24 * 60 * minute;
  await one.take([old], Date.now() - 9 * day);
  await one.take([kept], Date.now() - 7 * day);
  await new ForgetBursts(pools[0]!, new Lifecycle()).forget();
  const { rows } = await pools[0]!.query<{ recipient: string; n: number }>(
    `SELECT recipient, count(*)::integer AS n
       FROM (SELECT recipient FROM burst_position UNION ALL SELECT recipient FROM burst_window) AS t
      WHERE recipient = ANY($1) GROUP BY recipient`,
    [['member:old', 'member:kept']],
  );
  // The window of the kept one is over, too; its position is not.
  expect(rows).toEqual([{ recipient: 'member:kept', n: 1 }]);
});
