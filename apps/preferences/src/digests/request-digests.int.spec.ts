// One id, one content, on a real database: in one batch, in two processes at once, and for as long as the gate is kept.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { Lifecycle } from '@carillon/runtime';
import type { Pool } from 'pg';
import { migrations } from '../database/migrations/index.ts';
import { ForgetDigests } from './forget-digests.ts';
import { RequestDigests } from './request-digests.ts';

jest.setTimeout(60_000);

let database: TestDatabase;
let pools: Pool[];
/** As two processes have them. */
let one: RequestDigests;
let other: RequestDigests;

beforeAll(async () => {
  database = await createTestDatabase();
  pools = [createPool(database.url), createPool(database.url)];
  await migrate(createDataSource({ url: database.url, entities: [], migrations }));
  [one, other] = pools.map((pool) => new RequestDigests(pool)) as [RequestDigests, RequestDigests];
});

afterAll(async () => {
  await Promise.all((pools ?? []).map((pool) => pool.end()));
  await database?.drop();
});

const claim = (notificationId: string, requestHash: string) => ({ notificationId, requestHash });

test('in one batch the first of an id counts: equal ones pass, others are refused by their place', async () => {
  const [a, b] = [randomUUID(), randomUUID()];
  const batch = [claim(a, 'first'), claim(b, 'only'), claim(a, 'first'), claim(a, 'second')];
  expect(await one.refused(batch)).toEqual(new Set([3]));
  expect(await other.refused(batch)).toEqual(new Set([3]));
  expect(await other.refused([claim(a, 'second'), claim(a, 'first')])).toEqual(new Set([0]));
  expect(await one.refusedDurably([claim(a, 'third'), claim(a, 'first'), claim(b, 'only')])).toEqual(new Set([0]));
  const c = randomUUID();
  const durably = [claim(c, 'first'), claim(a, 'first'), claim(c, 'second'), claim(c, 'first')];
  expect(await other.refusedDurably(durably)).toEqual(new Set([2]));
});

test('two processes that claim the same ids at once agree on who was first, whatever the order of their lists', async () => {
  for (let round = 0; round < 20; round++) {
    const ids = Array.from({ length: 200 }, () => randomUUID());
    const [left, right] = await Promise.all([
      one.refused(ids.map((id) => claim(id, 'left'))),
      other.refused([...ids].reverse().map((id) => claim(id, 'right'))),
    ]);
    expect(left.size + right.size).toBe(ids.length);
    const refusedRight = new Set([...right].map((place) => ids[ids.length - 1 - place]));
    expect([...left].every((place) => !refusedRight.has(ids[place]))).toBe(true);
  }
}, 30_000);

test('after a repeated id, batches without one are claimed as before', async () => {
  const fresh = () => Array.from({ length: 3 }, () => claim(randomUUID(), 'first'));
  const repeated = fresh();
  const digests = new RequestDigests(pools[0]!);
  expect(await digests.refused(repeated)).toEqual(new Set());
  for (let round = 0; round < 25; round++) {
    const batch = [...fresh(), claim(repeated[round % 3]!.notificationId, round % 5 === 0 ? 'other' : 'first')];
    expect(await digests.refused(batch)).toEqual(new Set(round % 5 === 0 ? [3] : []));
  }
  for (let round = 0; round < 25; round++) {
    const batch = fresh();
    expect(await digests.refused(batch)).toEqual(new Set());
    expect(await one.refused(batch.map(({ notificationId }) => claim(notificationId, 'other')))).toEqual(
      new Set([0, 1, 2]),
    );
  }
});

test('the claims of a batch do not wait for the disk', async () => {
  const settings: string[] = [];
  const watched = {
    query: (query: { text: string }) => (settings.push(query.text), Promise.resolve({ rowCount: 1, rows: [] })),
  };
  await new RequestDigests(watched as unknown as Pool).refused([claim(randomUUID(), 'x')]);
  const client = await pools[0]!.connect();
  try {
    await client.query('BEGIN');
    await client.query(settings[0]!, [randomUUID(), 'x']);
    expect((await client.query('SHOW synchronous_commit')).rows).toEqual([{ synchronous_commit: 'off' }]);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});

test('an id is free again after 30 days, and not before', async () => {
  const [old, kept] = [randomUUID(), randomUUID()];
  await one.refused([claim(old, 'first'), claim(kept, 'first')]);
  await pools[0]!.query(
    'UPDATE request_digest SET seen_on = current_date - CASE WHEN notification_id = $1 THEN 31 ELSE 30 END WHERE notification_id = ANY($2)',
    [old, [old, kept]],
  );
  expect(await new ForgetDigests(pools[0]!, new Lifecycle()).forget()).toBe(1);
  expect(await one.refused([claim(old, 'second'), claim(kept, 'second')])).toEqual(new Set([1]));
});
