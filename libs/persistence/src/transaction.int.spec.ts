import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { createPool } from './pool.ts';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';
import { inTransaction } from './transaction.ts';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 1 });
  await pool.query('CREATE TABLE things (id integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)');
});
beforeEach(() => pool.query('TRUNCATE things'));
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const rows = async (): Promise<unknown[]> => (await pool.query<{ id: number }>('SELECT id FROM things')).rows;

describe('a unit of work', () => {
  test('is there as a whole when it succeeds', async () => {
    expect(
      await inTransaction(pool, (client) => client.query('INSERT INTO things VALUES (1), (2)').then(() => 'done')),
    ).toBe('done');
    expect(await rows()).toHaveLength(2);
  });

  test('is not there at all when it fails, and its only connection is free again', async () => {
    const failed = inTransaction(pool, async (client) => {
      await client.query('INSERT INTO things VALUES (1)');
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await rows()).toEqual([]);
  });

  test('fails when only the commit fails', async () => {
    await expect(
      inTransaction(pool, (client) => client.query('INSERT INTO things VALUES (1), (1)')),
    ).rejects.toMatchObject({ code: '23505' });
    expect(await rows()).toEqual([]);
  });

  test('whose connection dies fails, harms nobody else and leaves a working pool', async () => {
    const admin = createPool(database.url);
    const failed = inTransaction(pool, async (client) => {
      const { rows: own } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await admin.query('SELECT pg_terminate_backend($1)', [own[0]?.pid]);
      await client.query('SELECT 1');
    });
    await expect(failed).rejects.toThrow();
    expect(await rows()).toEqual([]);
    await admin.end();
  });

  test('an idle connection that is ended by the server does not end the process', async () => {
    const admin = createPool(database.url);
    await pool.query('SELECT 1');
    const broken = new Promise((resolve) => pool.once('error', resolve));
    await admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await broken;
    expect(await rows()).toEqual([]);
    await admin.end();
  });
});
