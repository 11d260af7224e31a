// What PostgreSQL reads to claim an event, over a connection that was opened when the table was empty.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDataSource, migrate } from '@carillon/persistence';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { Client } from 'pg';
import { migrations } from '../database/migrations/index.ts';
import { claimEvents, markPublished } from './claim-statements.ts';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(createDataSource({ url: database.url, entities: [], migrations }));
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

/** The scans of the whole table that the statements of `work` made. */
async function wholeScansOf(work: () => Promise<unknown>): Promise<number> {
  await client.query('BEGIN');
  await work();
  const { rows } = await client.query<{ scans: number }>(
    `SELECT seq_scan::integer AS scans FROM pg_stat_xact_user_tables WHERE relname = 'received_event'`,
  );
  await client.query('COMMIT');
  return rows[0]!.scans;
}

test('an event is claimed and marked without a look at all events, whether it is new or sent again', async () => {
  // The plan that PostgreSQL keeps for a prepared statement is made at its sixth call.
  for (let n = 0; n < 10; n++) {
    const ids = [`early-${n}`, `early-too-${n}`];
    await client.query(claimEvents({ ids }));
    await client.query(markPublished({ ids }));
  }
  const { rows } = await client.query(claimEvents({ ids: ['new', 'early-1'] }));
  expect(rows).toHaveLength(2);
  expect(rows).toContainEqual({ id: 'new', claimed: true, published: false });
  expect(rows).toContainEqual({ id: 'early-1', claimed: false, published: true });
  expect(await wholeScansOf(() => client.query(claimEvents({ ids: ['newer', 'early-2', 'new'] })))).toBe(0);
  expect(await wholeScansOf(() => client.query(markPublished({ ids: ['newer', 'new'] })))).toBe(0);
});
