// What happens to deliveries without an attempt: their instant comes, or their time runs out. Each statement looks only at
// rows of lanes that the asking process owns, through an index that holds nothing else.
import type { Pool } from 'pg';
import { addToOutbox, inTransaction } from '@carillon/persistence';
import type { Claimed } from './claims.ts';
import { outcomeRecord, type Told } from './settle.ts';
import type { DeliveryState } from './states.ts';

const rowsAtOnce = 1_000;

/** Puts deliveries whose instant has come into their queues. Answers with their lanes and with the ms to the next instant. */
export async function releaseDue(pool: Pool, podId: string): Promise<{ lanes: string[]; nextInMs: number | null }> {
  const { rows } = await pool.query<{ lanes: string[]; next_in_ms: number | null }>({
    name: 'release-due',
    text: `WITH due AS (
             UPDATE delivery_live SET state = 'ready', held_since = NULL
              WHERE delivery_id IN (SELECT d.delivery_id FROM delivery_live d JOIN lane l ON l.lane_id = d.lane
                                     WHERE d.state = 'waiting' AND d.ready_at <= clock_timestamp() AND l.pod_id = $1
                                     ORDER BY d.ready_at LIMIT ${rowsAtOnce})
                AND state = 'waiting'
             RETURNING lane)
           SELECT coalesce((SELECT array_agg(DISTINCT lane) FROM due), '{}') AS lanes,
                  (SELECT extract(epoch FROM min(ready_at) - clock_timestamp())::float8 * 1000 FROM delivery_live
                    WHERE state = 'waiting' AND ready_at > clock_timestamp()) AS next_in_ms`,
    values: [podId],
  });
  return { lanes: rows[0]!.lanes, nextInMs: rows[0]!.next_in_ms };
}

/** Ends deliveries whose producer gave them an expiry that has passed. */
export function expireDue(pool: Pool, podId: string): Promise<string[]> {
  return end(pool, 'expired', `d.expiry_asked AND d.expires_at <= now() AND d.state IN ('ready', 'waiting', 'unknown')
    AND EXISTS (SELECT FROM lane WHERE lane_id = d.lane AND pod_id = $1)`, [podId]);
}

/** Ends held deliveries whose default expiry has passed: nobody tries to claim them, so nobody else would notice. */
export async function expireHeld(pool: Pool, podId: string, installationIds: readonly string[]): Promise<void> {
  if (installationIds.length === 0) return;
  await end(pool, 'expired', `d.expires_at <= now() AND d.state IN ('ready', 'waiting', 'unknown') AND d.installation_id = ANY($2)
    AND EXISTS (SELECT FROM lane WHERE lane_id = d.lane AND pod_id = $1)`, [podId, installationIds]);
}

/** Ends those of the given deliveries whose time has run out. */
export function expireIfDue(pool: Pool, deliveryIds: readonly string[]): Promise<string[]> {
  return end(pool, 'expired', `d.delivery_id = ANY($1::uuid[]) AND d.expires_at <= now() AND d.state = 'ready'`, [deliveryIds]);
}

/** Ends what waits for installations that an admin disconnected or deleted: it will never be sent. */
export async function cancelEnded(pool: Pool): Promise<void> {
  const condition = `d.state IN ('ready', 'waiting', 'unknown')
    AND d.installation_id IN (SELECT installation_id FROM installation WHERE deleted OR state = 'disconnected')`;
  for (;;) if ((await end(pool, 'cancelled', condition, [], 'installation_disconnected')).length === 0) return;
}

async function end(
  pool: Pool,
  state: Extract<DeliveryState, 'expired' | 'cancelled'>,
  condition: string,
  values: unknown[],
  reason: string = state,
): Promise<string[]> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<Told & Pick<Claimed, 'ambiguous'>>(
      `WITH d AS (
         UPDATE delivery AS d SET state = '${state}', settled = true, settled_at = clock_timestamp(), reason = '${reason}'
          WHERE NOT d.settled AND d.delivery_id IN (SELECT delivery_id FROM delivery_live AS d WHERE ${condition} LIMIT ${rowsAtOnce} FOR UPDATE SKIP LOCKED)
         RETURNING d.*)
       SELECT d.delivery_id AS "deliveryId", d.notification_id AS "notificationId", d.recipient, d.destination, d.attempts AS attempt,
              d.ambiguous, n.tenant_id AS "tenantId", n.source, n.external_id AS "externalId", n.traceparent
         FROM d JOIN notification n USING (notification_id)`,
      values,
    );
    await addToOutbox(
      client,
      rows.map((row) => outcomeRecord(row, state, { reason, ambiguous: row.ambiguous })),
    );
    return rows.map((row) => row.deliveryId);
  });
}

/** Partitions for terminal deliveries of the coming days; idempotent, and safe when several processes do it at once. */
export async function prepareDays(pool: Pool, days = 14): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(7214010)');
    await client.query(`
      DO $$
      DECLARE day date;
      BEGIN
        FOR day IN SELECT generate_series(current_date, current_date + ${days}, interval '1 day')::date LOOP
          IF to_regclass('delivery_settled_' || to_char(day, 'YYYYMMDD')) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF delivery_settled FOR VALUES FROM (%L) TO (%L)',
                           'delivery_settled_' || to_char(day, 'YYYYMMDD'), day, day + 1);
          END IF;
        END LOOP;
      END $$`);
  });
}
