// The states and moves that the database permits are those of states.ts.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import type { Pool } from 'pg';
import { migrations } from '../database/migrations/index.ts';
import { deliveryStates, terminalStates, transitions } from '../model/delivery-state.ts';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(createDataSource({ url: database.url, entities: [], migrations }));
  pool = createPool(database.url);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

/** The quoted words in the one definition that the statement finds. */
async function words(sql: string): Promise<string[]> {
  const { rows } = await pool.query<{ definition: string }>(sql);
  expect(rows).toHaveLength(1);
  return [...rows[0]!.definition.matchAll(/'([\w>]{2,})'/g)].map(([, word]) => word!).sort();
}
const constraint = (name: string): string =>
  `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conrelid = 'delivery'::regclass AND conname = '${name}'`;

test('the trigger permits exactly the moves of states.ts', async () => {
  const moves = Object.entries(transitions).flatMap(([from, to]) => to.map((state) => `${from}>${state}`));
  expect(
    await words(
      `SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgrelid = 'delivery'::regclass AND tgname = 'delivery_moves'`,
    ),
  ).toEqual(moves.sort());
});

test('the constraints name exactly the states of states.ts, and those that are terminal', async () => {
  expect(await words(constraint('delivery_state_check'))).toEqual([...deliveryStates].sort());
  expect(await words(constraint('delivery_check'))).toEqual([...terminalStates].sort());
});
