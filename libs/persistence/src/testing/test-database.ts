// A database of its own for one spec, on the server that TEST_DATABASE_URL (a superuser's) names. Guarantees: two specs
// never meet, and drop() succeeds even when someone is still connected.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  /** A superuser's. */
  url: string;
  drop(): Promise<void>;
}

export interface TwoRoleTestDatabase extends TestDatabase {
  /** The service role's, as DATABASE_URL. */
  url: string;
  /** The role's that owns database and tables, as MIGRATION_DATABASE_URL. */
  migrationUrl: string;
  superuserUrl: string;
  serviceRole: string;
  migrationRole: string;
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const name = freshName();
  await onServer(`CREATE DATABASE ${name}`);
  return { url: urlOf(name), drop: () => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** As a production database: the service works with tables that another role owns (docs/adr/0021). */
export async function createTwoRoleTestDatabase(): Promise<TwoRoleTestDatabase> {
  const name = freshName();
  const [serviceRole, migrationRole] = [`${name}_service`, `${name}_migration`];
  await onServer(
    `CREATE ROLE ${serviceRole} LOGIN PASSWORD 'spec'`,
    `CREATE ROLE ${migrationRole} LOGIN PASSWORD 'spec'`,
    `CREATE DATABASE ${name} OWNER ${migrationRole}`,
    `REVOKE CONNECT, TEMPORARY ON DATABASE ${name} FROM PUBLIC`,
    `GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${serviceRole}`,
  );
  return {
    url: urlOf(name, serviceRole),
    migrationUrl: urlOf(name, migrationRole),
    superuserUrl: urlOf(name),
    serviceRole,
    migrationRole,
    drop: () =>
      onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, `DROP ROLE IF EXISTS ${serviceRole}, ${migrationRole}`),
  };
}

const freshName = (): string => `spec_${randomBytes(8).toString('hex')}`;

function serverUrl(): string {
  const server = process.env['TEST_DATABASE_URL'];
  if (!server) throw new Error('TEST_DATABASE_URL is not set; integration specs need a PostgreSQL server');
  return server;
}

function urlOf(database: string, role?: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  if (role !== undefined) [url.username, url.password] = [role, 'spec'];
  return url.toString();
}

async function onServer(...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
