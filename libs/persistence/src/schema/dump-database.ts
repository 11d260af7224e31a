// A database's schema and rows as SQL text: how the database of a release is kept for the tests of later migrations.
import type { Queryable } from '../outbox/outbox-table.ts';
import { describeSchema } from './describe-schema.ts';
import { query } from './query.ts';

export async function dumpDatabase(db: Queryable, serviceRole: string): Promise<string> {
  return `${await describeSchema(db, serviceRole)}\n${await dumpRows(db)}`;
}

/** A partitioned table's rows once; rows that others refer to first. */
async function dumpRows(db: Queryable): Promise<string> {
  const tables = await query<{ name: string; columns: string[] }>(
    db,
    `SELECT c.oid::regclass::text AS name, ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns
       FROM pg_class c
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      ORDER BY (SELECT count(*) FROM pg_constraint WHERE conrelid = c.oid AND contype = 'f'), c.relname COLLATE "C"`,
  );
  const inserts: string[] = [];
  for (const { name, columns } of tables) {
    const values = columns.map((column) => `quote_nullable(${column}::text)`).join(` || ', ' || `);
    const rows = await query<{ row: string }>(db, `SELECT ${values} AS row FROM ${name} ORDER BY 1`);
    for (const { row } of rows)
      inserts.push(`INSERT INTO ${name} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE VALUES (${row});`);
  }
  const sequences = await query<{ text: string }>(
    db,
    `SELECT format('SELECT setval(%L, %s);', quote_ident(sequencename), last_value) AS text
       FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL ORDER BY sequencename COLLATE "C"`,
  );
  return [...inserts, ...sequences.map(({ text }) => text), ''].join('\n');
}
