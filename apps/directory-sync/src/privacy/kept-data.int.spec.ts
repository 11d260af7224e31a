// The list of what is kept, against the database that the migrations make.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { migrations } from '../database/migrations/index.ts';
import { service } from '../service.ts';
import { keptInTables, keptInTopics } from './kept-data.ts';
import { PrivacyController } from './privacy.controller.ts';

let database: TestDatabase;
let columns: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(createDataSource({ url: database.url, entities: [], migrations }));
  const pool = createPool(database.url, { max: 1 });
  const found = await pool.query<{ name: string }>(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public'`,
  );
  columns = found.rows.map(({ name }) => name).sort();
  await pool.end();
});
afterAll(() => database?.drop());

test('every column of the database stands in the list, with what it says of people and channels, and no other', () => {
  const listed = Object.entries(keptInTables).flatMap(([table, { columns: of }]) =>
    Object.keys(of).map((column) => `${table}.${column}`),
  );
  expect(listed.sort()).toEqual(columns);
});

test('every topic that the service produces stands in the list', () => {
  const consumed = ['installation', 'member', 'slack'];
  const produced = service.topics
    .map(({ name }) => name)
    .filter((name) => !consumed.some((of) => name.includes(`.${of}.`)));
  expect(Object.keys(keptInTopics)).toEqual(expect.arrayContaining(produced));
});

test('the answer says of everything that is kept how long', () => {
  const { kept } = new PrivacyController().get();
  expect(kept.find(({ where }) => where === 'table slack_user')?.what).toContain('e-mail address in Slack');
  expect(kept.filter(({ of, what, until }) => !of || !until || what.length === 0)).toEqual([]);
});
