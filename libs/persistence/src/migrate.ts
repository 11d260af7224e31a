// Brings a database to the schema that this version of the service needs. Promises: several processes that start at
// once do it once (a session advisory lock; the others wait, then find nothing to do), each migration is one
// transaction, and no statement timeout cuts a long one.
import { createLogger } from '@carillon/telemetry';
import { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { poolSettings } from './pool.ts';

/** Any number will do, as long as every version of every service agrees on it. */
const MIGRATION_LOCK = 7_214_001;

/** The names of the migrations that ran. Takes the settings of `dataSource`, not its connections. */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const log = createLogger('migrate');
  const migrator = new DataSource({
    ...(dataSource.options as PostgresDataSourceOptions),
    entities: [],
    extra: poolSettings({ max: 2, applicationName: 'migrate', statementTimeoutMs: 0 }),
  });
  await migrator.initialize();
  const holder = migrator.createQueryRunner();
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const ran = await migrator.runMigrations({ transaction: 'each' });
    const names = ran.map((migration) => migration.name);
    if (names.length > 0) log.info({ migrations: names }, 'the database was migrated');
    return names;
  } finally {
    // Ending the connections gives the lock back.
    await holder.release();
    await migrator.destroy();
  }
}
