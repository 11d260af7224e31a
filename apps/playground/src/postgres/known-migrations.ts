// Whether the data of an earlier run fits this version of Carillon. Guarantees: a database that has a migration which
// the built services do not have, or tables and no migration, stops the start with a sentence that names the database
// and what to do. It reads only; whether an older database can be migrated is the business of the service.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { CannotStart } from '../cannot-start.ts';
import { repository } from '../paths.ts';
import { servicesWithDatabase, type ServiceName } from '../services/service-names.ts';
import { databaseName } from './service-databases.ts';

/** @param wayOut what a person does about data of another version, in a sentence */
export async function requireKnownMigrations(superuserUrl: string, wayOut: string): Promise<void> {
  for (const service of servicesWithDatabase) {
    const found = await unknownSchema(superuserUrl, service);
    if (found !== undefined)
      throw new CannotStart(
        `The data of an earlier start was written by another version of Carillon: ${found}. ${wayOut}`,
      );
  }
}

async function unknownSchema(superuserUrl: string, service: ServiceName): Promise<string | undefined> {
  const url = new URL(superuserUrl);
  url.pathname = `/${databaseName(service)}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
    );
    if (tables.length === 0) return undefined;
    const where = `the database ${databaseName(service)} has`;
    const applied = tables.some(({ name }) => name === 'migrations') ? await appliedMigrations(client) : [];
    if (applied.length === 0) return `${where} the table ${tables[0]!.name} and no migration`;
    const known = knownTimestamps(service);
    const unknown = applied.find(({ timestamp }) => !known.has(timestamp));
    return unknown && `${where} the migration ${unknown.name}, which this version does not have`;
  } finally {
    await client.end();
  }
}

async function appliedMigrations(client: pg.Client): Promise<{ timestamp: string; name: string }[]> {
  const { rows } = await client.query<{ timestamp: string; name: string }>(
    'SELECT "timestamp"::text AS timestamp, name FROM migrations ORDER BY id',
  );
  return rows;
}

/** The name of a migration's file begins with its timestamp. */
function knownTimestamps(service: ServiceName): Set<string> {
  const folder = join(repository, 'apps', service, 'dist/database/migrations');
  if (!existsSync(folder)) throw new CannotStart(`${service} is not built (${folder} is missing): run npm run build.`);
  return new Set(readdirSync(folder).map((file) => /^\d+/.exec(file)?.[0] ?? ''));
}
