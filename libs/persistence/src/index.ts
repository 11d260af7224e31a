// PostgreSQL for services: connections, schema, units of work, and the outbox that ties rows and records together.
export { createDataSource, type DataSourceSettings, type EntityClass, type MigrationClass } from './data-source.ts';
export { isDatabaseUnavailable, OutboxRecordTooLargeError } from './errors.ts';
export { migrate } from './migrate.ts';
export { OutboxRelay, type OutboxRelayOptions } from './outbox/outbox-relay.ts';
export { addToOutbox, OUTBOX_CHANNEL, outboxColumns, outboxMigrationSql, type OutboxColumns, type Queryable } from './outbox/outbox-table.ts';
export { createPool, type PoolOptions } from './pool.ts';
export { inTransaction } from './transaction.ts';
