// The rows of a statement, from a pool or a client of pg.
import type { Queryable } from '../outbox/outbox-table.ts';

export async function query<Row>(db: Queryable, sql: string, values: unknown[] = []): Promise<Row[]> {
  return ((await db.query(sql, values)) as { rows: Row[] }).rows;
}
