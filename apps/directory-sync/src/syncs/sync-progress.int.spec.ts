// What a sync tells of its progress.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import type { Pool } from 'pg';
import { migrations } from '../database/migrations/index.ts';
import { findSync } from './sync-table.ts';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(createDataSource({ url: database.url, entities: [], migrations }));
  pool = createPool(database.url, { max: 2 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function sync(state: string, users: number, channels: number, startedSecondsAgo: number | null): Promise<string> {
  const id = randomUUID();
  await pool.query(
    `INSERT INTO sync (id, tenant_id, installation_id, state, reason, users_seen, channels_seen, pages, started_at, finished_at, created_at)
     VALUES ($1, 'acme', 'one', $2, 'requested', $3, $4, 7, now() - $5 * interval '1 second',
             CASE WHEN $2 IN ('done', 'failed') THEN now() - interval '60 seconds' END, clock_timestamp())`,
    [id, state, users, channels, startedSecondsAgo],
  );
  return id;
}

it('tells pages, people, channels, elapsed time and, from the last complete sync, how long the rest takes', async () => {
  const told = async (id: string) => findSync(pool, 'acme', id);
  const first = await sync('running', 250, 0, 10);
  expect(await told(first)).toMatchObject({
    ...{ pages: 7, usersSeen: 250, channelsSeen: 0, elapsedSeconds: 10, estimatedSecondsLeft: null },
  });
  await pool.query(`UPDATE sync SET state = 'failed', finished_at = now()`);
  const done = await sync('done', 900, 100, 100);
  expect(await told(done)).toMatchObject({ elapsedSeconds: 40, estimatedSecondsLeft: null });
  const second = await sync('running', 250, 0, 10);
  expect(await told(second)).toMatchObject({ elapsedSeconds: 10, estimatedSecondsLeft: 30 });
  // More than the last time: the rest is not known, but it is not less than nothing.
  await pool.query('UPDATE sync SET users_seen = 1500 WHERE id = $1', [second]);
  expect(await told(second)).toMatchObject({ estimatedSecondsLeft: 0 });
  await pool.query(`UPDATE sync SET state = 'waiting', users_seen = 0, started_at = NULL WHERE id = $1`, [second]);
  expect(await told(second)).toMatchObject({ elapsedSeconds: 0, estimatedSecondsLeft: null });
  expect(await findSync(pool, 'globex', second)).toBeUndefined();
});
