// TypeORM's data source, for CRUD and migrations; hot paths use pool.ts. Guarantees: entities and migrations are the
// given lists, not the result of a glob; only migrations change the schema.
import { createLogger } from '@carillon/telemetry';
import { DataSource, type EntitySchema, type MigrationInterface } from 'typeorm';
import { causeOf, poolSettings } from './pool.ts';
import { TypeOrmLogger } from './typeorm-logger.ts';

export type EntityClass = (new (...args: never[]) => object) | EntitySchema;
export type MigrationClass = new () => MigrationInterface;

export interface DataSourceSettings {
  url: string;
  entities: readonly EntityClass[];
  migrations: readonly MigrationClass[];
  applicationName?: string;
  /** Most connections; hot paths have a pool of their own. */
  max?: number;
}

export function createDataSource({
  url,
  entities,
  migrations,
  applicationName,
  max = 5,
}: DataSourceSettings): DataSource {
  const log = createLogger('database');
  return new DataSource({
    type: 'postgres',
    url,
    entities: [...entities] as EntityClass[],
    migrations: [...migrations],
    migrationsTableName: 'migrations',
    synchronize: false,
    logger: new TypeOrmLogger(),
    logging: ['error', 'warn', 'migration'],
    poolErrorHandler: (error: Error) => log.warn(causeOf(error), 'an idle database connection broke'),
    extra: poolSettings({ max, ...(applicationName ? { applicationName } : {}) }),
  });
}
