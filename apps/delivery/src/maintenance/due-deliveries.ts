// Puts deliveries whose instant has come into their queues. Reads only rows of the process's lanes, through an index
// that holds only waiting deliveries.
import type { Pool } from 'pg';

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
