// The usual way to store changes of a state topic: one statement that writes the rows that are newer than those in the
// table. Guarantees: the same rows whatever the order of the records; a deleted key leaves its row, emptied, with its
// version, so that an older record that is read again changes nothing; two batches with the same keys wait for each
// other instead of dead-locking. The table has the columns `tenant_id` (one of those declared),
// `version` and `deleted`; a row stays with the tenant that it was first written for.
import { columnNameOf, defineStatement, rows, type ColumnTypes, type RowOf } from '@carillon/persistence';
import type { Pool } from 'pg';
import type { Change } from './newest-changes.ts';

export interface NewerRows<State, C extends ColumnTypes> {
  table: string;
  /** Its primary key, which is the record's key. */
  key: string;
  columns: C;
  /** The row of a state; of `null`, what is left of a deleted one. */
  row: (state: State | null) => RowOf<C>;
  /** By column: how it is stored, where not as it arrives; an expression over the row. */
  expressions?: Readonly<Record<string, string>>;
  /** Columns that a deleted row keeps. */
  kept?: readonly string[];
  /** SQL over `written`, the rows that were stored: more CTEs, if any, and the statement that ends it. */
  then?: string;
}

export function storeNewer<State, const C extends ColumnTypes>(
  pool: Pool,
  { table, key, columns, row, expressions = {}, kept = [], then = 'SELECT count(*) FROM written' }: NewerRows<State, C>,
): (changes: readonly Change<State>[]) => Promise<void> {
  const names = Object.keys(columns).map(columnNameOf);
  const updates = names.map((name) =>
    kept.includes(name)
      ? `${name} = CASE WHEN excluded.deleted THEN t.${name} ELSE excluded.${name} END`
      : `${name} = excluded.${name}`,
  );
  const types = { ...columns, recordKey: 'text', version: 'bigint', deleted: 'boolean' } as const;
  const write = defineStatement({
    name: `replica ${table}`,
    parameters: { changes: rows<ColumnTypes>(types) },
    text: (p) => `
WITH written AS (
  INSERT INTO ${table} AS t (${[key, ...names].join(', ')}, version, deleted)
  SELECT record_key, ${names.map((name) => expressions[name] ?? name).join(', ')}, version, deleted FROM ${p.changes.as('u')}
   ORDER BY record_key
  ON CONFLICT (${key}) DO UPDATE SET ${updates.join(', ')}, version = excluded.version, deleted = excluded.deleted
   WHERE (excluded.version > t.version OR (excluded.version = t.version AND excluded.deleted AND NOT t.deleted))
     AND (excluded.deleted OR coalesce(t.tenant_id, '') IN ('', excluded.tenant_id))
  RETURNING *)
${then}`,
  });
  return async (changes) => {
    const values = changes.map(({ key: recordKey, state, version, timestamp }) => ({
      ...row(state),
      recordKey,
      version: version ?? timestamp,
      deleted: state === null,
    }));
    await pool.query(write({ changes: values }));
  };
}
