// Takes what a tenant has waiting out of the queues of its old cell. Guarantees: a delivery is either in the queue or
// taken, never both and never neither; within a channel the newest go first, so what the old cell still sends meanwhile
// is what comes before all that was taken; nothing of a digest is left behind while its other items are taken.
import type { Pool } from 'pg';
import { defineStatement } from '@carillon/persistence';

const atOnce = 1_000;

const take = (chosen: string): string => `
WITH taken AS (DELETE FROM delivery_live AS t WHERE ${chosen} RETURNING *)
INSERT INTO departing_delivery (delivery_id, tenant_id, queued) SELECT delivery_id, tenant_id, row_to_json(taken) FROM taken`;

export interface Queued {
  /** Taken now. */
  taken: number;
  /** A request may be in progress; they end by themselves, and then go on or end. */
  inFlight: number;
}

/** Once. Deliveries that are in flight are left to the old cell. */
export async function takeQueued(pool: Pool, tenantId: string): Promise<Queued> {
  // An old cell releases a digest in one transaction: it finds all items or none.
  let { rowCount: taken } = await pool.query(
    take(`t.tenant_id = $1 AND t.state = 'waiting' AND t.digest_key IS NOT NULL`),
    [tenantId],
  );
  taken ??= 0;
  const { rows } = await pool.query<{ id: string }>(
    `SELECT delivery_id AS id FROM delivery_live WHERE tenant_id = $1 AND state IN ('ready', 'waiting') ORDER BY seq DESC`,
    [tenantId],
  );
  for (let from = 0; from < rows.length; from += atOnce) {
    const ids = rows.slice(from, from + atOnce).map(({ id }) => id);
    const { rowCount } = await pool.query(
      take(`t.delivery_id = ANY ($1::uuid[]) AND t.state IN ('ready', 'waiting')`),
      [ids],
    );
    taken += rowCount ?? 0;
  }
  const inFlight = await countOf(pool, tenantId, ['sending', 'unknown']);
  if (inFlight > 0) return { taken, inFlight };
  // The items of a digest end as it ends, so they stay as long as it may be in flight.
  const { rowCount: bundled } = await pool.query(take(`t.tenant_id = $1 AND t.state = 'bundled'`), [tenantId]);
  return { taken: taken + (bundled ?? 0), inFlight: await countOf(pool, tenantId) };
}

const countLive = defineStatement({
  parameters: { tenantId: 'text', states: 'text[]' },
  text: (p) => `
SELECT count(*)::integer AS n FROM delivery_live
 WHERE tenant_id = ${p.tenantId} AND (cardinality(${p.states}) = 0 OR state = ANY (${p.states}))`,
});

/** Deliveries without an outcome, of these states; none named: of any. */
async function countOf(pool: Pool, tenantId: string, states: readonly string[] = []): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(countLive({ tenantId, states }));
  return rows[0]!.n;
}
