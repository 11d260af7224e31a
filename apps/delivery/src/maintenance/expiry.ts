// What happens to deliveries without an attempt: their instant comes, or their time runs out. Each statement looks only
// at rows of lanes that the asking process owns, through an index that holds nothing else.
import type { Pool } from 'pg';
import { superseded } from '../ledger/claims.ts';
import { endAll, endDeliveries } from '../ledger/terminations.ts';

const rowsAtOnce = 1_000;

/**
 * Puts deliveries whose instant has come into their queues. Answers with their lanes and with the ms to the next
 * instant, 0 when more are due.
 */
export async function releaseDue(pool: Pool, podId: string): Promise<{ lanes: string[]; nextInMs: number | null }> {
  const { rows } = await pool.query<{ lanes: string[]; full: boolean; next_in_ms: number | null }>({
    name: 'release-due',
    text: `WITH due AS (
             UPDATE delivery_live SET state = 'ready', held_since = NULL
              WHERE delivery_id IN (SELECT d.delivery_id FROM delivery_live d JOIN lane l ON l.lane_id = d.lane
                                     WHERE d.state = 'waiting' AND d.digest_key IS NULL AND d.ready_at <= now() AND l.pod_id = $1
                                     ORDER BY d.ready_at LIMIT ${rowsAtOnce})
                AND state = 'waiting'
             RETURNING lane)
           SELECT coalesce((SELECT array_agg(DISTINCT lane) FROM due), '{}') AS lanes, (SELECT count(*) FROM due) = ${rowsAtOnce} AS full,
                  (SELECT extract(epoch FROM min(ready_at) - clock_timestamp())::float8 * 1000 FROM delivery_live
                    WHERE state = 'waiting' AND ready_at > clock_timestamp()) AS next_in_ms`,
    values: [podId],
  });
  const { lanes, full, next_in_ms: nextInMs } = rows[0]!;
  return { lanes, nextInMs: full ? 0 : nextInMs };
}

const owned = 'EXISTS (SELECT FROM lane WHERE lane_id = d.lane AND pod_id = $1)';
const open = "d.op <> 'delete' AND d.state IN ('ready', 'waiting', 'unknown')";

/** Ends deliveries whose producer gave them an expiry that has passed. */
export function expireDue(pool: Pool, podId: string): Promise<string[]> {
  return endDeliveries(pool, {
    state: 'expired',
    condition: `d.expiry_asked AND d.expires_at <= now() AND ${open} AND ${owned}`,
    values: [podId],
  });
}

/**
 * Ends deliveries whose default expiry has passed although nobody tries to claim them: held, paused or waiting ones.
 */
export function expireHeld(pool: Pool, podId: string): Promise<void> {
  return endAll(pool, {
    state: 'expired',
    condition: `d.expires_at <= now() AND ${open} AND ${owned}`,
    values: [podId],
  });
}

/** Ends those of the given deliveries that may not be told any more. */
export async function endIfOver(pool: Pool, deliveryIds: readonly string[]): Promise<void> {
  const ready = "d.delivery_id = ANY($1::uuid[]) AND d.op <> 'delete' AND d.state = 'ready'";
  await endDeliveries(pool, {
    state: 'expired',
    condition: `${ready} AND d.expires_at <= now()`,
    values: [deliveryIds],
  });
  await endDeliveries(pool, {
    state: 'cancelled',
    reason: 'superseded',
    condition: `${ready} AND ${superseded}`,
    values: [deliveryIds],
  });
  const retracted = 'EXISTS (SELECT FROM retraction r WHERE r.notification_id = d.notification_id)';
  await endDeliveries(pool, {
    state: 'cancelled',
    reason: 'retracted',
    condition: `${ready} AND ${retracted}`,
    values: [deliveryIds],
  });
}

/** Ends what waits for installations that an admin disconnected or deleted: it will never be sent. */
export function cancelEnded(pool: Pool, installationIds: readonly string[]): Promise<void> {
  const condition = "d.state IN ('ready', 'waiting', 'unknown') AND d.installation_id = ANY($1)";
  return endAll(pool, {
    state: 'cancelled',
    reason: 'installation_disconnected',
    condition,
    values: [installationIds],
  });
}

/** Partitions for terminal deliveries of the coming days; idempotent, and safe when several processes do it at once. */
export async function prepareDays(pool: Pool, days = 14): Promise<void> {
  await pool.query('SELECT create_daily_partitions($1)', [days]);
}
