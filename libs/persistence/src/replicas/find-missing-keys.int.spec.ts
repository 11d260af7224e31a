// Finding what a replica holds and its topic no longer does, on a real server.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { createPool } from '../pool.ts';
import { createTwoRoleTestDatabase, type TwoRoleTestDatabase } from '../testing/index.ts';
import { findMissingKeys } from './find-missing-keys.ts';

let database: TwoRoleTestDatabase;
let pool: Pool;
const rows = `SELECT id AS key, version FROM person WHERE NOT deleted`;

beforeAll(async () => {
  database = await createTwoRoleTestDatabase();
  const owner = createPool(database.migrationUrl);
  await owner.query(
    'CREATE TABLE person (id text PRIMARY KEY, version bigint NOT NULL, deleted boolean NOT NULL DEFAULT false)',
  );
  await owner.query('GRANT ALL ON person TO PUBLIC');
  await owner.end();
  pool = createPool(database.url);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  await pool.query('DELETE FROM person');
  await pool.query(`INSERT INTO person SELECT 'p' || n, n FROM generate_series(1, 100) AS n`);
});

const present = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `p${from + at}`);

describe('findMissingKeys', () => {
  test('names the rows whose key the topic no longer holds, with their version, and nothing that was added meanwhile', async () => {
    await pool.query(`UPDATE person SET deleted = true WHERE id = 'p1'`);
    const gone = await findMissingKeys(pool, {
      topic: 't',
      rows,
      readKeys: async (onKeys) => {
        await onKeys(present(3, 60));
        await pool.query(`INSERT INTO person VALUES ('late', 1)`);
        await onKeys(present(50, 100));
      },
    });
    expect(gone).toEqual([{ key: 'p2', version: 2 }]);
  });

  test('removes nothing when the topic seems to have lost its records', async () => {
    await expect(
      findMissingKeys(pool, { topic: 't', rows, readKeys: (onKeys) => onKeys(present(1, 30)) }),
    ).rejects.toMatchObject({ code: 'replica_mismatch' });
    await expect(findMissingKeys(pool, { topic: 't', rows, readKeys: () => Promise.resolve() })).rejects.toMatchObject({
      code: 'replica_mismatch',
    });
  });

  test('removes nothing when the topic is empty, however few the rows are; one key in it is enough', async () => {
    await pool.query(`DELETE FROM person WHERE version > 3`);
    const read = (keys: string[]) =>
      findMissingKeys(pool, {
        topic: 't',
        rows,
        readKeys: (onKeys) => (keys.length > 0 ? onKeys(keys) : Promise.resolve()),
      });
    await expect(read([])).rejects.toMatchObject({ code: 'replica_mismatch' });
    expect(await read(['p1'])).toHaveLength(2);
  });

  test('fails when the topic could not be read to its end', async () => {
    await expect(
      findMissingKeys(pool, { topic: 't', rows, readKeys: () => Promise.reject(new Error('stalled')) }),
    ).rejects.toThrow('stalled');
  });

  test('is done by one process at a time', async () => {
    let second: unknown = 'never asked';
    await findMissingKeys(pool, {
      topic: 't',
      rows,
      readKeys: async (onKeys) => {
        second = await findMissingKeys(pool, { topic: 't', rows, readKeys: () => Promise.resolve() });
        await onKeys(present(1, 100));
      },
    });
    expect(second).toBeUndefined();
    expect(await findMissingKeys(pool, { topic: 't', rows, readKeys: (onKeys) => onKeys(present(1, 100)) })).toEqual(
      [],
    );
  });
});
