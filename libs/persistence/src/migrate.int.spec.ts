import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createDataSource } from './data-source.ts';
import { migrate } from './migrate.ts';
import { createPool } from './pool.ts';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';

class CreateThings1700000000001 implements MigrationInterface {
  readonly name = 'CreateThings1700000000001';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE things (id integer PRIMARY KEY)');
    await runner.query('SELECT pg_sleep(0.2)');
  }
  async down(): Promise<void> {}
}

class FillThings1700000000002 implements MigrationInterface {
  readonly name = 'FillThings1700000000002';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO things VALUES (1)');
  }
  async down(): Promise<void> {}
}

class Fails1700000000003 implements MigrationInterface {
  readonly name = 'Fails1700000000003';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO things VALUES (2)');
    await runner.query('this is no SQL');
  }
  async down(): Promise<void> {}
}

let database: TestDatabase;
const migrations = [CreateThings1700000000001, FillThings1700000000002];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('migrating', () => {
  test('five processes that start at once do it once', async () => {
    const all = await Promise.all(
      Array.from({ length: 5 }, () => migrate(createDataSource({ url: database.url, entities: [], migrations }))),
    );
    expect(all.flat()).toEqual(['CreateThings1700000000001', 'FillThings1700000000002']);
  });

  test('a migration that fails leaves nothing behind, and the lock is free again', async () => {
    const failing = createDataSource({
      url: database.url,
      entities: [],
      migrations: [...migrations, Fails1700000000003],
    });
    await expect(migrate(failing)).rejects.toThrow();
    const pool = createPool(database.url);
    expect((await pool.query('SELECT id FROM things')).rows).toEqual([{ id: 1 }]);
    await pool.end();
    expect(await migrate(createDataSource({ url: database.url, entities: [], migrations }))).toEqual([]);
  });
});
