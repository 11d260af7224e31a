// The usual way to store changes of a state topic: one statement writes the changes that are newer than the table's
// rows. Guarantees: the rows do not depend on the order of the records; a deleted key keeps its row, with its version
// and without its data, so that an older record that is read again changes nothing; two batches with the same keys wait
// for each other and do not dead-lock; a row stays with the tenant that it was first written for. The table needs the
// columns `tenant_id` (one of those declared), `version` and `deleted`. `storeNewer` writes in a transaction of its
// own; `newerRows` writes in the caller's, and returns rows.
import { columnNameOf, defineStatement, rows, type ColumnTypes, type RowOf } from '@carillon/persistence';
import type { Pool, PoolClient } from 'pg';
import type { Change } from './newest-changes.ts';

export interface NewerRows<State, C extends ColumnTypes> {
  table: string;
  /**
   * The primary key: either a column that holds the record's key and is not in `columns`, or columns of `columns`,
   * separated by commas.
   */
  key: string;
  columns: C;
  /** The row of a state; for `null`, the row of a deleted key. */
  row: (state: State | null, key: string) => RowOf<C>;
  /** By column: the SQL expression that is stored instead of the value. */
  expressions?: Readonly<Record<string, string>>;
  /** Columns that a deleted row keeps. */
  kept?: readonly string[];
  /**
   * Where tombstones may lack a version: the column that holds the time of the record, in ms since 1970. Such a
   * tombstone deletes what was recorded before it, and the row keeps its version.
   */
  recordedAt?: string;
  /** SQL over `written`, the stored rows: further CTEs, if any, and the final statement. */
  then?: string;
}

/** Stores the changes, and returns the rows of `then`. */
export type WriteNewer<State> = <Row extends object>(
  db: Pick<Pool | PoolClient, 'query'>,
  changes: readonly Change<State>[],
) => Promise<Row[]>;

/** The value of `version` for a tombstone without a version: less than every version. */
const noVersion = -1;

export function newerRows<State, const C extends ColumnTypes>({
  table,
  key,
  columns,
  row,
  expressions = {},
  kept = [],
  recordedAt,
  then = 'SELECT count(*) FROM written',
}: NewerRows<State, C>): WriteNewer<State> {
  const names = Object.keys(columns).map(columnNameOf);
  const keyColumns = key.split(', ');
  const target = [
    ...keyColumns.filter((name) => !names.includes(name)).map((name) => [name, 'record_key'] as const),
    ...names.map((name) => [name, expressions[name] ?? name] as const),
    ...(recordedAt === undefined ? [] : [[recordedAt, 'record_time'] as const]),
    ...['version', 'deleted'].map((name) => [name, name] as const),
  ];
  const updates = target
    .filter(([name]) => !keyColumns.includes(name))
    .map(([name]) => {
      if (name === 'version') return 'version = greatest(t.version, excluded.version)';
      if (kept.includes(name)) return `${name} = CASE WHEN excluded.deleted THEN t.${name} ELSE excluded.${name} END`;
      return `${name} = excluded.${name}`;
    });
  const byTime =
    recordedAt === undefined
      ? ''
      : ` OR (excluded.version = ${noVersion} AND NOT t.deleted AND excluded.${recordedAt} >= t.${recordedAt})`;
  const types: ColumnTypes = {
    ...columns,
    ...{ recordKey: 'text', version: 'bigint', deleted: 'boolean' },
    ...(recordedAt !== undefined && { recordTime: 'bigint' }),
  };
  const write = defineStatement({
    name: `replica ${table}`,
    parameters: { changes: rows(types) },
    text: (p) => `
WITH written AS (
  INSERT INTO ${table} AS t (${target.map(([name]) => name).join(', ')})
  SELECT ${target.map(([, value]) => value).join(', ')} FROM ${p.changes.as('u')}
   ORDER BY record_key
  ON CONFLICT (${key}) DO UPDATE SET ${updates.join(', ')}
   WHERE (excluded.version > t.version OR (excluded.version = t.version AND excluded.deleted AND NOT t.deleted)${byTime})
     AND (excluded.deleted OR coalesce(t.tenant_id, '') IN ('', excluded.tenant_id))
  RETURNING *)
${then}`,
  });
  return async <Row extends object>(db: Pick<Pool | PoolClient, 'query'>, changes: readonly Change<State>[]) => {
    if (changes.length === 0) return [];
    const values = changes.map(({ key: recordKey, state, version, timestamp }) => ({
      ...row(state, recordKey),
      recordKey,
      recordTime: timestamp,
      version: version ?? (recordedAt === undefined ? timestamp : noVersion),
      deleted: state === null,
    }));
    return (await db.query<Row>(write({ changes: values }))).rows;
  };
}

export function storeNewer<State, const C extends ColumnTypes>(
  pool: Pool,
  declaration: NewerRows<State, C>,
): (changes: readonly Change<State>[]) => Promise<void> {
  const write = newerRows(declaration);
  return async (changes) => {
    await write(pool, changes);
  };
}
