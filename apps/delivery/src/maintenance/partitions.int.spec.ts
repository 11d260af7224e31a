// The partitions by day, made and dropped by a role that owns nothing, while others read the table and write to it.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTwoRoleTestDatabase, type TwoRoleTestDatabase } from '@carillon/persistence/testing';
import type { Pool, PoolClient } from 'pg';
import { migrations } from '../database/migrations/index.ts';
import { runSteps } from '../testing/run-steps.ts';
import { createDailyPartitions } from './partitions.ts';
import { retentionSteps } from './retention.ts';

let database: TwoRoleTestDatabase;
let service: Pool;
let owner: Pool;

beforeAll(async () => {
  database = await createTwoRoleTestDatabase();
  await migrate(createDataSource({ url: database.url, entities: [], migrations }), {
    migrationUrl: database.migrationUrl,
  });
  [service, owner] = [createPool(database.url), createPool(database.migrationUrl)];
});
afterAll(async () => {
  await Promise.all([service.end(), owner.end()]);
  await database.drop();
});
beforeEach(async () => {
  await owner.query('TRUNCATE delivery');
  for (const day of await days()) await owner.query(`DROP TABLE ${day}`);
});

const days = async (): Promise<string[]> =>
  (
    await owner.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relname ~ '^delivery_settled_\\d{8}$' ORDER BY 1`,
    )
  ).rows.map((row) => row.name);

const today = async (): Promise<string> =>
  (await owner.query<{ name: string }>(`SELECT 'delivery_settled_' || to_char(current_date, 'YYYYMMDD') AS name`))
    .rows[0]!.name;

/** Terminal deliveries, as a result writes them. */
const settle = (count = 1, day = 'current_date') =>
  service.query(
    `INSERT INTO delivery (delivery_id, settled, day, seq, notification_id, recipient, destination, lane, channel, priority, state, expires_at, expiry_asked, tenant_id)
     SELECT gen_random_uuid(), true, ${day}, n, gen_random_uuid(), 'member:ada', '{}', 'T1', 'C1', 2, 'delivered', now(), false, 'acme'
       FROM generate_series(1, ${count}) AS n`,
  );

/** As pg_dump: holds a lock on every partition until it has read all of them. */
async function whileRead<T>(work: () => Promise<T>): Promise<T> {
  const reader: PoolClient = await owner.connect();
  try {
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM delivery');
    return await work();
  } finally {
    await reader.query('ROLLBACK');
    reader.release();
  }
}

const rowsIn = async (table: string): Promise<number> =>
  (await owner.query<{ n: number }>(`SELECT count(*)::integer AS n FROM ${table}`)).rows[0]!.n;

test('are there for the coming days, once, however many processes ask', async () => {
  await Promise.all([1, 2, 3].map(() => createDailyPartitions(service)));
  await createDailyPartitions(service);
  expect(await days()).toHaveLength(15);
  expect((await service.query('SELECT count(*) FROM delivery')).rows).toEqual([{ count: '0' }]);
});

test('are partitions like the first: with their keys, their indexes, and the trigger that guards the moves', async () => {
  await createDailyPartitions(service, 0);
  await settle();
  expect(await rowsIn(await today())).toBe(1);
  const ofToday = `conrelid = '${await today()}'::regclass`;
  const keys = await owner.query(`SELECT contype FROM pg_constraint WHERE ${ofToday} AND contype = 'p'`);
  expect(keys.rows).toHaveLength(1);
  const indexes = await owner.query(`SELECT FROM pg_index WHERE indrelid = '${await today()}'::regclass`);
  const inherited = await owner.query(
    `SELECT FROM pg_inherits JOIN pg_index ON indexrelid = inhrelid WHERE indrelid = '${await today()}'::regclass`,
  );
  expect(inherited.rowCount).toBe(indexes.rowCount);
  await expect(service.query(`UPDATE delivery SET state = 'failed'`)).rejects.toMatchObject({ code: '23514' });
});

test('wait for no reader of the history, who keeps neither results nor the start of a process waiting', async () => {
  await whileRead(async () => {
    const [created] = await Promise.all([createDailyPartitions(service), settle()]);
    expect(created).toBe(false);
    expect(await days()).toEqual([]);
    await settle();
    expect(await rowsIn('delivery_settled_other')).toBe(2);
  });
  // The reader has gone: what the default partition took meanwhile moves into its day.
  expect(await createDailyPartitions(service)).toBe(true);
  expect(await days()).toHaveLength(15);
  expect(await Promise.all([rowsIn('delivery_settled_other'), rowsIn(await today())])).toEqual([0, 2]);
});

test('are not made for a day of which the default partition holds too much to move it; other days have theirs', async () => {
  await settle(5_001);
  expect(await createDailyPartitions(service)).toBe(true);
  expect(await days()).not.toContain(await today());
  expect(await days()).toHaveLength(14);
  await settle();
  expect(await rowsIn('delivery_settled_other')).toBe(5_002);
});

async function withOldDays(): Promise<void> {
  await owner.query(`CREATE TABLE delivery_settled_20200101 PARTITION OF delivery_settled FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
    CREATE TABLE delivery_settled_20200102 PARTITION OF delivery_settled FOR VALUES FROM ('2020-01-02') TO ('2020-01-03')`);
  await settle(1, `'2020-01-02'::date`);
}

test('of days long past go when they are empty, and stay while they hold anything', async () => {
  await withOldDays();
  await runSteps(retentionSteps(service));
  expect(await days()).toEqual(['delivery_settled_20200102']);
});

test('of days long past stay while somebody reads them, and nobody waits', async () => {
  await withOldDays();
  await whileRead(async () => {
    await Promise.all([runSteps(retentionSteps(service)), settle()]);
    expect(await days()).toHaveLength(2);
  });
  await runSteps(retentionSteps(service));
  expect(await days()).toEqual(['delivery_settled_20200102']);
});
