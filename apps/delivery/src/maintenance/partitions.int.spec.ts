// The partitions by day, made and dropped by a role that owns nothing.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTwoRoleTestDatabase, type TwoRoleTestDatabase } from '@carillon/persistence/testing';
import type { Pool } from 'pg';
import { migrations } from '../database/migrations/index.ts';
import { createDailyPartitions } from './partitions.ts';
import { applyRetention } from './retention.ts';

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

const days = async (): Promise<string[]> =>
  (
    await owner.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relname ~ '^delivery_settled_\\d{8}$' ORDER BY 1`,
    )
  ).rows.map((row) => row.name);

test('are there for the coming days, once, however many processes ask', async () => {
  await Promise.all([1, 2, 3].map(() => createDailyPartitions(service)));
  expect(await days()).toHaveLength(15);
  expect((await service.query('SELECT count(*) FROM delivery')).rows).toEqual([{ count: '0' }]);
});

test('of days long past go when they are empty, and stay while they hold anything', async () => {
  const before = await days();
  await owner.query(`CREATE TABLE delivery_settled_20200101 PARTITION OF delivery_settled FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
    CREATE TABLE delivery_settled_20200102 PARTITION OF delivery_settled FOR VALUES FROM ('2020-01-02') TO ('2020-01-03')`);
  await service.query(
    `INSERT INTO delivery (delivery_id, settled, day, seq, notification_id, recipient, destination, lane, channel, priority, state, expires_at, expiry_asked, tenant_id)
     VALUES (gen_random_uuid(), true, '2020-01-02', 1, gen_random_uuid(), 'member:ada', '{}', 'T1', 'C1', 2, 'delivered', now(), false, 'acme')`,
  );
  await applyRetention(service);
  expect(await days()).toEqual(['delivery_settled_20200102', ...before]);
});
