// Puts deliveries whose instant has come into their queues. Reads only rows of the process's lanes, through an index
// that holds only waiting deliveries. A row that somebody else has locked is left for the next step.
import type { Pool } from 'pg';
import { defineStatement } from '@carillon/persistence';

const rowsAtOnce = 500;

const release = defineStatement({
  name: 'release-due',
  parameters: { podId: 'uuid' },
  text: (p) => `
WITH due AS (
  UPDATE delivery_live SET state = 'ready', held_since = NULL
   WHERE delivery_id IN (SELECT d.delivery_id FROM delivery_live d JOIN lane l ON l.lane_id = d.lane
                          WHERE d.state = 'waiting' AND d.digest_key IS NULL AND d.ready_at <= now() AND l.pod_id = ${p.podId}
                          ORDER BY d.ready_at LIMIT ${rowsAtOnce} FOR UPDATE OF d SKIP LOCKED)
     AND state = 'waiting'
  RETURNING lane)
SELECT coalesce((SELECT array_agg(DISTINCT lane) FROM due), '{}') AS lanes, (SELECT count(*) FROM due) = ${rowsAtOnce} AS full,
       (SELECT extract(epoch FROM min(ready_at) - clock_timestamp())::float8 * 1000 FROM delivery_live
         WHERE state = 'waiting' AND ready_at > clock_timestamp()) AS next_in_ms`,
});

/**
 * Puts deliveries whose instant has come into their queues. Answers with their lanes and with the ms to the next
 * instant, 0 when more are due.
 */
export async function releaseDue(pool: Pool, podId: string): Promise<{ lanes: string[]; nextInMs: number | null }> {
  const { rows } = await pool.query<{ lanes: string[]; full: boolean; next_in_ms: number | null }>(release({ podId }));
  const { lanes, full, next_in_ms: nextInMs } = rows[0]!;
  return { lanes, nextInMs: full ? 0 : nextInMs };
}
