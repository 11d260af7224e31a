// The recorded ranges on a real database: what grows meanwhile is kept, and nothing shrinks that was not read.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import type { Pool } from 'pg';
import { migrations } from '../database/migrations/index.ts';
import { DeferredRanges } from './deferred-ranges.ts';

let database: TestDatabase;
let pool: Pool;
/** As the process that defers has them, and the one that resolves. */
let gate: DeferredRanges;
let reader: DeferredRanges;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url);
  await migrate(createDataSource({ url: database.url, entities: [], migrations }));
});

afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

beforeEach(async () => {
  await pool.query('TRUNCATE deferred_range');
  [gate, reader] = [new DeferredRanges(pool), new DeferredRanges(pool)];
});

const ranges = async (): Promise<object> => Object.fromEntries((await reader.of([3])).get(3) ?? []);

test('a range that grows while its first requests are resolved keeps what was added', async () => {
  await gate.extend(3, new Map([['acme', { first: 10, last: 20 }]]));
  await gate.extend(3, new Map([['acme', { first: 21, last: 90 }]]));
  await reader.resolved(3, 10, new Map([['acme', 20]]));
  expect(await ranges()).toEqual({ acme: { first: 21, last: 90 } });
  await reader.resolved(3, 21, new Map([['acme', 90]]));
  expect(await ranges()).toEqual({});
});

test('a range that begins before the place that was read from stays as it is, to its end and to a part of it', async () => {
  await gate.extend(3, new Map([['acme', { first: 100, last: 900 }]]));
  await reader.resolved(3, 950, new Map([['acme', 900]]));
  await reader.resolved(3, 500, new Map([['acme', 600]]));
  expect(await ranges()).toEqual({ acme: { first: 100, last: 900 } });
});

test('the database is asked only while somebody has a range, or the partition was handled elsewhere', async () => {
  const firstOf = (first: number): Promise<ReadonlyMap<string, number>> =>
    gate.firstOf(3, new Set(['acme', 'globex']), { first, last: first + 9 });
  expect(await firstOf(0)).toEqual(new Map());
  await reader.extend(3, new Map([['acme', { first: 4, last: 9 }]]));
  // As far as this process knows, nobody has one.
  expect(await firstOf(10)).toEqual(new Map());
  expect(await firstOf(30)).toEqual(new Map([['acme', 4]]));
  await reader.resolved(3, 4, new Map([['acme', 9]]));
  expect(await firstOf(40)).toEqual(new Map());
});
