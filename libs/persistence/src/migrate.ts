// Brings a database to the schema that this version of the service needs. Guarantees: several processes that start at
// once do it once (a session advisory lock; the others wait, then find nothing to do), each migration is one
// transaction, and no statement timeout cuts a long one.
//
// With a migration URL, the role that it names owns every object, and the role of the data source gets its privileges
// (roles/service-privileges.ts). Objects that the data source's role owned before are taken over first, and the role
// gets its privileges in the same transaction, so that a process of the former version continues to work.
import { createLogger } from '@carillon/telemetry';
import { DataSource, type QueryRunner } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { poolSettings } from './pool.ts';
import { grantServicePrivileges, takeOwnership } from './roles/service-privileges.ts';

/** An arbitrary number, which must be the same in every version of every service. */
const MIGRATION_LOCK = 7_214_001;

export interface MigrateOptions {
  /** The URL with the role that owns the tables. Absent: the data source's own role owns them. */
  migrationUrl?: string;
}

/** Returns the names of the migrations that ran. Uses the settings of `dataSource`, not its connections. */
export async function migrate(dataSource: DataSource, { migrationUrl }: MigrateOptions = {}): Promise<string[]> {
  const log = createLogger('migrate');
  const options = dataSource.options as PostgresDataSourceOptions;
  const migrator = new DataSource({
    ...options,
    ...(migrationUrl === undefined ? {} : { url: migrationUrl }),
    entities: [],
    extra: poolSettings({ max: 2, applicationName: 'migrate', statementTimeoutMs: 0 }),
  });
  await migrator.initialize();
  const holder = migrator.createQueryRunner();
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const serviceRole = migrationUrl === undefined ? undefined : await otherRole(options, holder);
    if (serviceRole !== undefined && (await migrator.transaction((tx) => prepareRoles(tx, serviceRole)))) {
      log.warn({ from: serviceRole }, 'the migration role took over the ownership of this database');
    }
    const ran = await migrator.runMigrations({ transaction: 'each' });
    if (serviceRole !== undefined) await migrator.transaction((tx) => grantServicePrivileges(tx, serviceRole));
    const names = ran.map((migration) => migration.name);
    if (names.length > 0) log.info({ migrations: names }, 'the database was migrated');
    return names;
  } finally {
    // Closing the connections releases the lock.
    await holder.release();
    await migrator.destroy();
  }
}

async function prepareRoles(tx: Parameters<typeof takeOwnership>[0], serviceRole: string): Promise<boolean> {
  const taken = await takeOwnership(tx, serviceRole);
  await grantServicePrivileges(tx, serviceRole);
  return taken;
}

/**
 * The service's role as the server reports it, because a connection pooler may map the URL's user to another role.
 * Undefined where both URLs have the same role.
 */
async function otherRole(options: PostgresDataSourceOptions, migrator: QueryRunner): Promise<string | undefined> {
  const service = new DataSource({
    ...options,
    entities: [],
    migrations: [],
    extra: poolSettings({ max: 1, applicationName: 'migrate' }),
  });
  await service.initialize();
  try {
    const role = await roleOf((sql) => service.query(sql));
    const own = await roleOf((sql) => migrator.query(sql));
    return role === own ? undefined : role;
  } finally {
    await service.destroy();
  }
}

async function roleOf(query: (sql: string) => Promise<{ role: string }[]>): Promise<string> {
  const [row] = await query('SELECT current_user AS role');
  return row!.role;
}
