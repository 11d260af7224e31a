// PostgreSQL for services: connections, schema, units of work, and the outbox that ties rows and records together.
export { listAudit, type AuditFilter, type AuditPosition, type ListedAuditEntry } from './audit/list-audit.ts';
export { recordAudit } from './audit/record-audit.ts';
export { createDataSource, type DataSourceSettings, type EntityClass, type MigrationClass } from './data-source.ts';
export { isDatabaseUnavailable, OutboxRecordTooLargeError, takesTooLong } from './errors.ts';
export { migrate, type MigrateOptions } from './migrate.ts';
export {
  listOutbox,
  outboxStates,
  retryOutbox,
  type OutboxFilter,
  type OutboxRecord,
} from './outbox/outbox-records.ts';
export { OutboxRelay, type OutboxRelayOptions } from './outbox/outbox-relay.ts';
export {
  addToOutbox,
  OUTBOX_CHANNEL,
  outboxColumns,
  outboxColumnTypes,
  type OutboxColumns,
  type Queryable,
} from './outbox/outbox-table.ts';
export { lockName } from './named-lock.ts';
export { runStatement } from './sql/run-statement.ts';
export { createPool, type PoolOptions } from './pool.ts';
export { changeableAuditTables } from './roles/append-only.ts';
export { OwnershipError } from './roles/service-privileges.ts';
export { inTransaction } from './transaction.ts';
export {
  findMissingKeys,
  ReplicaMismatch,
  type MissingKey,
  type MissingKeysOptions,
} from './replicas/find-missing-keys.ts';
export { followedUntil, noteFollowed } from './replicas/followed-topics.ts';
export type { ColumnTypes, RowOf } from './sql/column-types.ts';
export {
  columnNameOf,
  defineStatement,
  rows,
  type ArgumentsOf,
  type BoundStatement,
  type ReferencesOf,
  type RowsReference,
} from './sql/define-statement.ts';
