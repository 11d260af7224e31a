// What arrives for a tenant before everything of it was copied from its old cell: kept in the order of arrival.
import type { ClientBase, Pool } from 'pg';
import { defineStatement, rows } from '@carillon/persistence';

export interface HeldRecord {
  topic: string;
  record: unknown;
}

const holdRecords = defineStatement({
  parameters: { held: rows({ tenantId: 'text', topic: 'text', record: 'json' }) },
  text: (p) => `
INSERT INTO held_record (tenant_id, topic, record) SELECT tenant_id, topic, record FROM ${p.held.as('h', 'n')} ORDER BY n`,
});

export async function hold(
  client: ClientBase,
  held: readonly { tenantId: string; topic: string; record: string }[],
): Promise<void> {
  if (held.length > 0) await client.query(holdRecords({ held }));
}

const takeFirst = defineStatement({
  parameters: { tenantId: 'text', atMost: 'integer' },
  text: (p) => `
WITH taken AS (
  DELETE FROM held_record
   WHERE id IN (SELECT id FROM held_record WHERE tenant_id = ${p.tenantId} ORDER BY id LIMIT ${p.atMost})
  RETURNING id, topic, record)
SELECT topic, record FROM taken ORDER BY id`,
});

/** Those of a tenant that came first. They are deleted when the transaction is committed. */
export async function takeHeld(client: ClientBase, tenantId: string, atMost: number): Promise<HeldRecord[]> {
  const { rows: taken } = await client.query<HeldRecord>(takeFirst({ tenantId, atMost }));
  return taken;
}

/** Tenants of which everything was copied, while records of theirs may still be held. */
export async function releasedTenants(pool: Pool): Promise<string[]> {
  const { rows: released } = await pool.query<{ id: string }>(
    `SELECT tenant_id AS id FROM tenant_move WHERE direction = 'in' AND released_at IS NOT NULL AND ended_at IS NULL
      ORDER BY released_at`,
  );
  return released.map(({ id }) => id);
}

/** Ends the tenant's move where nothing of it is held; within a transaction in which nothing can be held. */
export async function endWhereNothingIsHeld(client: ClientBase, tenantId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE tenant_move SET ended_at = now()
      WHERE tenant_id = $1 AND NOT EXISTS (SELECT FROM held_record WHERE tenant_id = $1)`,
    [tenantId],
  );
  return rowCount === 1;
}
