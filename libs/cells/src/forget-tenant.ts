// Removes from a cell what was copied to another one. Guarantees: in steps of a bounded size; a removal that was
// interrupted goes on when it is made again. The audit log stays: nobody but its retention removes anything there.
import type { Pool } from 'pg';
import { inTransaction } from '@carillon/persistence';

const atOnce = 1_000;

/** What belongs to the deliveries that are `gone`. */
const withTheirs = `
a AS (DELETE FROM attempt t USING gone WHERE t.delivery_id = gone.delivery_id),
f AS (DELETE FROM file_upload t USING gone WHERE t.delivery_id = gone.delivery_id),
s AS (DELETE FROM slot WHERE slot_id IN (SELECT collapse_slot FROM gone UNION SELECT thread_slot FROM gone))
SELECT count(*)::integer AS n FROM gone`;

/** Follows the index on the tenant. */
const deliveries = `
WITH chosen AS (SELECT delivery_id, settled, day FROM delivery_settled WHERE tenant_id = $1 LIMIT ${atOnce}),
gone AS (DELETE FROM delivery d USING chosen c
          WHERE d.delivery_id = c.delivery_id AND d.settled AND d.day = c.day RETURNING d.delivery_id, d.collapse_slot, d.thread_slot),
${withTheirs}`;

const departed = `
WITH chosen AS (SELECT delivery_id FROM departing_delivery WHERE tenant_id = $1 LIMIT ${atOnce}),
gone AS (DELETE FROM departing_delivery d USING chosen c WHERE d.delivery_id = c.delivery_id RETURNING d.delivery_id, (d.queued->>'collapse_slot')::uuid AS collapse_slot, (d.queued->>'thread_slot')::uuid AS thread_slot),
${withTheirs}`;

const small = [
  'DELETE FROM retraction WHERE tenant_id = $1',
  'DELETE FROM id_reuse WHERE tenant_id = $1',
  `DELETE FROM digest WHERE digest_key ^@ ($1 || ':')`,
];

export async function forgetTenant(pool: Pool, tenantId: string, signal: AbortSignal): Promise<void> {
  for (const statement of [departed, deliveries]) {
    for (let n = atOnce; n === atOnce; ) {
      signal.throwIfAborted();
      n = (await pool.query<{ n: number }>(statement, [tenantId])).rows[0]!.n;
    }
  }
  await forgetNotifications(pool, tenantId, signal);
  for (const statement of small) await pool.query(statement, [tenantId]);
}

/** There is no index on their tenant: they are read once. */
function forgetNotifications(pool: Pool, tenantId: string, signal: AbortSignal): Promise<void> {
  return inTransaction(pool, async (reading) => {
    await reading.query(
      'DECLARE page NO SCROLL CURSOR FOR SELECT notification_id AS id FROM notification WHERE tenant_id = $1',
      [tenantId],
    );
    for (;;) {
      signal.throwIfAborted();
      const { rows } = await reading.query<{ id: string }>(`FETCH ${atOnce} FROM page`);
      if (rows.length === 0) return;
      await pool.query(
        `WITH d AS (DELETE FROM decision WHERE notification_id = ANY ($1::uuid[]))
         DELETE FROM notification WHERE notification_id = ANY ($1::uuid[])`,
        [rows.map(({ id }) => id)],
      );
    }
  });
}
