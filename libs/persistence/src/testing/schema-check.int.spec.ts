// The check of a service's database notices what it is there for.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { createPool } from '../pool.ts';
import { describeSchema } from '../schema/describe-schema.ts';
import { SchemaCheck } from './schema-check.ts';
import { createTwoRoleTestDatabase, type TwoRoleTestDatabase } from './test-database.ts';

class CreateThings1700000000001 {
  readonly name = 'CreateThings1700000000001';
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query('CREATE TABLE thing (id integer PRIMARY KEY)');
  }
  async down(): Promise<void> {}
}

const literal = `import type { MigrationInterface } from 'typeorm';\n`;
const hash = 'c7caecfbdeaa5d98361d740a0f116c4e2b461338a8b34ed4a783ee28ca174686';

describe('a database folder', () => {
  let folder: string;
  const check = (): SchemaCheck =>
    new SchemaCheck({
      service: 'spec',
      specUrl: pathToFileURL(join(folder, 'schema.int.spec.ts')).href,
      migrations: [CreateThings1700000000001],
    });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-schema-'));
    for (const part of ['migrations', 'releases']) mkdirSync(join(folder, part));
    writeFileSync(join(folder, 'migrations/1-first.ts'), literal);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('with a migration that is not listed, was edited or was removed is at fault', () => {
    expect(check().migrationFaults()).toEqual([expect.stringContaining('1-first.ts is not in migrations.sha256')]);
    writeFileSync(join(folder, 'migrations.sha256'), `${hash}  1-first.ts\n`);
    expect(check().migrationFaults()).toEqual([]);
    writeFileSync(join(folder, 'migrations.sha256'), `${hash}  1-first.ts\n${hash}  0-gone.ts\n`);
    writeFileSync(join(folder, 'migrations/1-first.ts'), `${literal}\n`);
    expect(check().migrationFaults()).toEqual([
      expect.stringMatching(/0-gone\.ts was removed.*write a new one/),
      expect.stringMatching(/1-first\.ts was edited.*write a new one/),
    ]);
  });

  test('with a migration that imports live code is at fault', () => {
    writeFileSync(join(folder, 'migrations/1-first.ts'), `${literal}import { states } from '../states.ts';\n`);
    expect(check().migrationFaults()).toContainEqual(expect.stringContaining('has to be literal SQL'));
  });

  test('whose release has another schema than a new database shows the difference', async () => {
    const created = `CREATE TABLE migrations (id serial PRIMARY KEY, "timestamp" bigint NOT NULL, name varchar NOT NULL);
      INSERT INTO migrations ("timestamp", name) VALUES (1700000000001, 'CreateThings1700000000001');`;
    writeFileSync(join(folder, 'releases/0.1.0.sql'), `${created} CREATE TABLE thing (id bigint PRIMARY KEY);`);
    expect(check().releases).toEqual(['0.1.0']);
    expect(await check().fresh()).toContain('id integer NOT NULL');
    expect(await check().upgraded('0.1.0')).toContain('id bigint NOT NULL');
  });

  test('whose tables are not those of this library is told which statements are missing', async () => {
    const missing = await check().missingOfLibrary(await check().fresh());
    expect(missing).toContainEqual(expect.stringContaining('CREATE TABLE outbox'));
    expect(missing).toContainEqual(expect.stringContaining('GRANT INSERT, SELECT ON TABLE audit_entry'));
  });
});

describe('the text of a schema', () => {
  let database: TwoRoleTestDatabase;
  let owner: Pool;

  beforeAll(async () => {
    database = await createTwoRoleTestDatabase();
    owner = createPool(database.migrationUrl);
    await owner.query(`
      CREATE TABLE parent (id integer PRIMARY KEY, name text DEFAULT 'x', kind text CHECK (kind IN ('a', 'b')));
      CREATE TABLE child (id bigint GENERATED ALWAYS AS IDENTITY, parent_id integer REFERENCES parent, day date NOT NULL) PARTITION BY RANGE (day);
      CREATE TABLE child_rest PARTITION OF child DEFAULT;
      CREATE INDEX child_parent ON child (parent_id);
      CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER child_nothing BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION nothing();
      GRANT SELECT ON parent TO ${database.serviceRole}`);
  });
  afterAll(async () => {
    await owner.end();
    await database.drop();
  });

  test('makes the same schema elsewhere', async () => {
    const text = await describeSchema(owner, database.serviceRole);
    const other = await createTwoRoleTestDatabase();
    const pool = createPool(other.migrationUrl);
    await pool.query(text.replaceAll('carillon_service', other.serviceRole));
    expect(await describeSchema(pool, other.serviceRole)).toBe(text);
    await pool.end();
    await other.drop();
  });

  test.each([
    'ALTER TABLE parent ALTER COLUMN name DROP DEFAULT',
    'ALTER TABLE parent ALTER COLUMN name SET NOT NULL',
    'ALTER TABLE parent ALTER COLUMN name TYPE varchar(9)',
    'ALTER TABLE parent DROP CONSTRAINT parent_kind_check',
    'ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey',
    'ALTER TABLE child ALTER COLUMN id DROP IDENTITY',
    'DROP INDEX child_parent',
    'DROP TRIGGER child_nothing ON child',
    `CREATE OR REPLACE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'`,
    'REVOKE ALL ON FUNCTION nothing() FROM PUBLIC',
    'GRANT DELETE ON parent TO PUBLIC',
    'DROP TABLE child_rest',
    `COMMENT ON COLUMN parent.name IS 'said'`,
    'ALTER TABLE parent SET (fillfactor = 70)',
  ])('changes with %s', async (statement) => {
    const before = await describeSchema(owner, database.serviceRole);
    const client = await owner.connect();
    try {
      await client.query('BEGIN');
      await client.query(statement);
      expect(await describeSchema(client, database.serviceRole)).not.toBe(before);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });
});
