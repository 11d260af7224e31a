// Roles and databases of the services on a real server.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { requireKnownMigrations } from './known-migrations.ts';
import { servicesWithDatabase } from '../services/service-names.ts';
import { createServiceDatabases, databaseUrl, type DatabaseRole, type PasswordOf } from './service-databases.ts';

const server = process.env['TEST_DATABASE_URL'] ?? '';
const passwordOf: PasswordOf = (service, role) => `${service}-${role}`;
const superuser = new pg.Client({ connectionString: server });

async function as(role: DatabaseRole, ...statements: string[]): Promise<pg.QueryResult[]> {
  const client = new pg.Client({
    connectionString: databaseUrl(server, 'delivery', role, passwordOf('delivery', role)),
  });
  await client.connect();
  try {
    const results: pg.QueryResult[] = [];
    for (const statement of statements) results.push(await client.query(statement));
    return results;
  } finally {
    await client.end();
  }
}

async function removeAll(): Promise<void> {
  for (const name of servicesWithDatabase.map((service) => service.replaceAll('-', '_'))) {
    await superuser.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    for (const role of [name, `${name}_migration`]) await superuser.query(`DROP ROLE IF EXISTS ${role}`);
  }
}

beforeAll(async () => {
  await superuser.connect();
  await removeAll();
});
afterAll(async () => {
  await removeAll();
  await superuser.end();
});

test('a database of an older playground is handed over with what is in it; again and again changes nothing', async () => {
  await superuser.query(`CREATE ROLE delivery LOGIN PASSWORD 'delivery-service'`);
  await superuser.query('CREATE DATABASE delivery OWNER delivery');
  await superuser.query('REVOKE CONNECT, TEMPORARY ON DATABASE delivery FROM PUBLIC');
  await as('service', 'CREATE TABLE kept (id integer)', 'INSERT INTO kept VALUES (1)');

  await createServiceDatabases(server, passwordOf);
  await createServiceDatabases(server, passwordOf);

  // As the first start of the service does.
  await as(
    'migration',
    'REASSIGN OWNED BY delivery TO CURRENT_USER',
    'GRANT SELECT ON kept TO delivery',
    'CREATE TABLE more (id integer)',
  );
  const [rows] = await as('service', 'SELECT id FROM kept', 'CREATE TEMP TABLE scratch (id integer)');
  expect(rows?.rows).toEqual([{ id: 1 }]);
  for (const forbidden of [
    'DROP TABLE kept',
    'CREATE TABLE mine (id integer)',
    'DROP SCHEMA public CASCADE',
    'SET ROLE delivery_migration',
  ]) {
    await expect(as('service', forbidden)).rejects.toMatchObject({ code: '42501' });
  }
});

test('no service enters the database of another', async () => {
  const url = new URL(databaseUrl(server, 'delivery', 'service', passwordOf('delivery', 'service')));
  url.pathname = '/preferences';
  await expect(new pg.Client({ connectionString: url.href }).connect()).rejects.toMatchObject({ code: '42501' });
});

test('what migrations of this version wrote may be used, what others wrote may not', async () => {
  const check = (): Promise<void> => requireKnownMigrations(server, 'Do something.');
  const reset = 'DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE lane (id text);';
  await as('migration', reset);
  await expect(check()).rejects.toThrow('the database delivery has the table lane and no migration. Do something.');
  await as(
    'migration',
    'CREATE TABLE migrations (id serial, "timestamp" bigint, name text)',
    `INSERT INTO migrations ("timestamp", name) VALUES (1796700000000, 'CreateSchema1796700000000')`,
  );
  await check();
  await as(
    'migration',
    `INSERT INTO migrations ("timestamp", name) VALUES (1763800000000, 'CreateLedger1763800000000')`,
  );
  await expect(check()).rejects.toThrow(
    'the database delivery has the migration CreateLedger1763800000000, which this version does not have. Do something.',
  );
});
