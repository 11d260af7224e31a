// Copies a tenant's rows from one delivery database to another, a page at a time, as JSON. Guarantees: memory does not
// grow with the tenant; made again after an interruption, it adds what is missing and nothing twice.
import type { ClientBase, Pool } from 'pg';
import { defineStatement, inTransaction } from '@carillon/persistence';
import { laneRows, tenantRows, type TenantRows } from './tenant-rows.ts';

const pageRows = 1_000;

/** Returns the number of rows that were written, by table. */
export async function copyTenant(from: Pool, to: Pool, tenantId: string): Promise<Record<string, number>> {
  const copied: Record<string, number> = {};
  for (const rows of tenantRows) copied[rows.table] = await copyTable(from, to, tenantId, rows);
  copied['delivery_live'] = await copyDeparting(from, to, tenantId);
  // Whoever takes over a lane reads its queue, so the lanes come after what waits in them.
  copied['lane'] = await copyTable(from, to, tenantId, laneRows);
  return copied;
}

async function copyTable(from: Pool, to: Pool, tenantId: string, rows: TenantRows): Promise<number> {
  const insert = await insertOf(to, rows);
  return inTransaction(from, async (reading) => {
    await reading.query(
      `DECLARE page NO SCROLL CURSOR FOR SELECT row_to_json(t) AS row FROM ${rows.table} AS t WHERE ${rows.which}`,
      [tenantId],
    );
    let written = 0;
    for (;;) {
      const { rows: page } = await reading.query<{ row: unknown }>(`FETCH ${pageRows} FROM page`);
      if (page.length === 0) return written;
      const { rowCount } = await to.query(insert, [JSON.stringify(page.map(({ row }) => row))]);
      written += rowCount ?? 0;
    }
  });
}

const departing: TenantRows = {
  table: 'delivery_live',
  which: '',
  // Sent by the new cell already, where the move was interrupted after it had copied this.
  there: 'EXISTS (SELECT FROM delivery d WHERE d.delivery_id = t.delivery_id)',
  onConflict: 'ON CONFLICT DO NOTHING',
};

const selectDeparting = defineStatement({
  parameters: { tenantId: 'text', after: 'uuid' },
  text: (p) => `
SELECT delivery_id AS id, queued FROM departing_delivery
 WHERE tenant_id = ${p.tenantId} AND delivery_id > ${p.after} ORDER BY delivery_id LIMIT ${pageRows}`,
});

/** What waits to be sent: it was taken out of the queues of the first database, and enters those of the second. */
async function copyDeparting(from: Pool, to: Pool, tenantId: string): Promise<number> {
  const insert = await insertOf(to, departing);
  let written = 0;
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows: page } = await from.query<{ id: string; queued: unknown }>(selectDeparting({ tenantId, after }));
    if (page.length === 0) return written;
    const { rowCount } = await to.query(insert, [JSON.stringify(page.map(({ queued }) => queued))]);
    written += rowCount ?? 0;
    after = page.at(-1)!.id;
  }
}

const selectColumns = defineStatement({
  parameters: { table: 'text', without: 'text[]' },
  text: (p) => `
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute
 WHERE attrelid = ${p.table}::regclass AND attnum > 0 AND NOT attisdropped AND attname <> ALL (${p.without})`,
});

/** Takes one parameter, an array of rows as JSON. */
async function insertOf(
  database: Pool | ClientBase,
  { table, without = [], there, onConflict }: TenantRows,
): Promise<string> {
  const { rows } = await database.query<{ columns: string }>(selectColumns({ table, without }));
  const { columns } = rows[0]!;
  // Rows of a partition are written through it only where it exists; the parent finds the one of the day.
  const target = table === 'delivery_settled' ? 'delivery' : table;
  return `INSERT INTO ${target} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1::json) AS t
          ${there === undefined ? '' : `WHERE NOT ${there}`} ${onConflict}`;
}
