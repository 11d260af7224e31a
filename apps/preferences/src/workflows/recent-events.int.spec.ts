// What is kept for dry runs, and for how long, on a real database.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Lifecycle, Tenants } from '@carillon/runtime';
import { createReplicaDatabase, type ReplicaDatabase } from '../testing/replica-database.ts';
import { RecentEvents } from './recent-events.ts';
import type { RecentEvent } from './waiting-events.ts';

let database: ReplicaDatabase;
let events: RecentEvents;
const tenants = new Tenants([
  { id: 'acme', name: 'Acme', keepEvents: true },
  { id: 'globex', name: 'Globex' },
]);

beforeAll(async () => {
  database = await createReplicaDatabase();
});
beforeEach(async () => {
  await database.pool.query('TRUNCATE recent_event');
  events = new RecentEvents(database.pool, tenants, new Lifecycle());
});
afterAll(() => database.drop());

const event = (n: number, given: Partial<RecentEvent['request']> = {}): RecentEvent => ({
  notificationId: `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`,
  ...{ source: '/acme/reports', id: String(n), at: new Date(Date.now() - 100_000 + n) },
  request: { tenantId: 'acme', type: 'report.ready', title: `Report ${n}`, ...given },
});
const count = async (): Promise<number> => (await database.pool.query('SELECT FROM recent_event')).rowCount ?? 0;

test('only a tenant that allows it has its events kept', () => {
  expect(['acme', 'globex', 'nobody'].map((id) => events.allows(id))).toEqual([true, false, false]);
});

test('the newest are kept: 20 of a type in a write, 200 and those of the last write in all, each once', async () => {
  for (let n = 0; n < 30; n++) events.keep(event(n));
  await events.write();
  expect((await events.newest('acme', 'report.ready', 100)).map(({ id }) => Number(id))).toEqual(
    Array.from({ length: 20 }, (_, n) => 29 - n),
  );
  for (let n = 100; n < 340; n++) {
    events.keep(event(n));
    events.keep(event(n));
    if (n % 10 === 9) await events.write();
  }
  events.keep(event(1_000, { type: 'other' }));
  await events.write();
  expect(await count()).toBeLessThanOrEqual(1 + 200 + 20);
  expect((await events.newest('acme', 'report.ready', 2)).map(({ id }) => id)).toEqual(['339', '338']);
});

test('what somebody else is about to delete makes no write wait, and goes with the next one', async () => {
  for (let n = 0; n < 220; n++) {
    events.keep(event(n));
    if (n % 20 === 19) await events.write();
  }
  const other = await database.pool.connect();
  try {
    await other.query('BEGIN');
    await other.query('SELECT FROM recent_event ORDER BY at LIMIT 20 FOR UPDATE');
    for (let n = 300; n < 320; n++) events.keep(event(n));
    await events.write();
    expect((await events.newest('acme', 'report.ready', 1)).map(({ id }) => id)).toEqual(['319']);
  } finally {
    await other.query('ROLLBACK');
    other.release();
  }
  events.keep(event(400));
  await events.write();
  expect(await count()).toBeLessThanOrEqual(201);
});

test('a large event is not kept, and a database that fails fails nobody', async () => {
  events.keep(event(1, { body: 'x'.repeat(70_000) }));
  events.keep(event(2));
  await events.write();
  expect(await count()).toBe(1);
  await database.pool.query('ALTER TABLE recent_event RENAME TO away');
  events.keep(event(3));
  await events.write();
  await database.pool.query('ALTER TABLE away RENAME TO recent_event');
  events.keep(event(4));
  await events.write();
  expect(await count()).toBe(2);
});
