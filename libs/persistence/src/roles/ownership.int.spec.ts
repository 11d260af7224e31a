// A database from before the two roles is taken over, while a process of the former version goes on.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createDataSource } from '../data-source.ts';
import { migrate } from '../migrate.ts';
import { createPool } from '../pool.ts';
import { createTwoRoleTestDatabase, type TwoRoleTestDatabase } from '../testing/index.ts';

class CreateThings1700000000001 implements MigrationInterface {
  readonly name = 'CreateThings1700000000001';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE things (id integer PRIMARY KEY); CREATE SEQUENCE thing_seq; CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$',
    );
  }
  async down(): Promise<void> {}
}

let database: TwoRoleTestDatabase;
beforeEach(async () => {
  database = await createTwoRoleTestDatabase();
  await asSuperuser((role) => `ALTER DATABASE ${new URL(database.url).pathname.slice(1)} OWNER TO ${role}`);
  await asSuperuser((_, role) => `GRANT CONNECT ON DATABASE ${new URL(database.url).pathname.slice(1)} TO ${role}`);
  await migrate(source());
});
afterEach(() => database.drop());

const source = () => createDataSource({ url: database.url, entities: [], migrations: [CreateThings1700000000001] });

async function asSuperuser(statement: (serviceRole: string, migrationRole: string) => string): Promise<void> {
  const client = new Client({ connectionString: database.superuserUrl });
  await client.connect();
  await client.query(statement(database.serviceRole, database.migrationRole));
  await client.end();
}

test('what the service role owned belongs to the migration role afterwards, and the service still works with it', async () => {
  await asSuperuser((service, migration) => `GRANT ${service} TO ${migration}`);
  const pool = createPool(database.url);
  await pool.query('INSERT INTO things VALUES (1)');
  for (let again = 0; again < 2; again++)
    expect(await migrate(source(), { migrationUrl: database.migrationUrl })).toEqual([]);
  expect((await pool.query(`UPDATE things SET id = nextval('thing_seq') + one()`)).rowCount).toBe(1);
  await expect(pool.query('DROP TABLE things')).rejects.toMatchObject({ code: '42501' });
  await expect(pool.query('CREATE TABLE more (id integer)')).rejects.toMatchObject({ code: '42501' });
  const { rows } = await pool.query(
    "SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class WHERE relnamespace = 'public'::regnamespace",
  );
  expect(rows).toEqual([{ owner: database.migrationRole }]);
  await pool.end();
});

test('without the right to take over, the migration says which GRANT is missing and changes nothing', async () => {
  await expect(migrate(source(), { migrationUrl: database.migrationUrl })).rejects.toMatchObject({
    code: 'not_the_owner',
    message: expect.stringContaining(`GRANT "${database.serviceRole}" TO "${database.migrationRole}"`) as unknown,
  });
  expect(await migrate(source())).toEqual([]);
});

test('two URLs of one role are one role', async () => {
  expect(await migrate(source(), { migrationUrl: database.url })).toEqual([]);
  const pool = createPool(database.url);
  await pool.query('DROP TABLE things');
  await pool.end();
});
