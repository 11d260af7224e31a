// What waits in all queues of the database, for metrics. Guarantees: one process at a time counts; at most a million
// deliveries are looked at, so that the statement stays short on a backlog of any size. It does not count what lies
// beyond.
import type { Pool } from 'pg';
import { inTransaction } from '@carillon/persistence';
import type { DeliveryState } from '../model/delivery-state.ts';
import type { BlockCause } from './block-causes.ts';

const most = 1_000_000;

export interface QueueTotals {
  /** Deliveries by state; a state that is missing has none. */
  byState: Partial<Record<DeliveryState, number>>;
  /** Of those that are ready and that nothing blocks; 0 where there is none. */
  oldestReadySeconds: number;
  /** Lanes with ready deliveries that something blocks, by the first cause that applies; a missing cause has none. */
  blockedLanes: Partial<Record<BlockCause, number>>;
}

const totals = `
WITH d AS MATERIALIZED (
  SELECT lane, installation_id, state, ready_at FROM delivery_live LIMIT ${most}),
l AS (
  SELECT d.lane, min(d.ready_at) AS ready_at,
         CASE WHEN l.paused_at IS NOT NULL THEN 'paused'
              WHEN i.state = 'lost' THEN 'installation_lost'
              WHEN EXISTS (SELECT FROM json_each_text(l.blocked::json) WHERE value::timestamptz > now()) THEN 'limited'
              WHEN l.pod_id IS NULL THEN 'no_owner' END AS cause
    FROM d JOIN lane l ON l.lane_id = d.lane LEFT JOIN installation i USING (installation_id)
   WHERE d.state = 'ready' AND d.ready_at <= now()
   GROUP BY d.lane, l.lane_id, i.state)
SELECT coalesce((SELECT json_object_agg(state, n) FROM (SELECT state, count(*) AS n FROM d GROUP BY state) AS s), '{}') AS "byState",
       coalesce(extract(epoch FROM now() - (SELECT min(ready_at) FROM l WHERE cause IS NULL)), 0)::float8 AS "oldestReadySeconds",
       coalesce((SELECT json_object_agg(cause, n) FROM (SELECT cause, count(DISTINCT lane) AS n FROM l WHERE cause IS NOT NULL GROUP BY cause) AS c), '{}') AS "blockedLanes"`;

/** Undefined: another process counts at this moment. */
export function queueTotals(pool: Pool): Promise<QueueTotals | undefined> {
  return inTransaction(pool, async (client) => {
    const { rows: lock } = await client.query<{ taken: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtextextended('queue totals', 0)) AS taken`,
    );
    if (!lock[0]!.taken) return undefined;
    const { rows } = await client.query<QueueTotals>(totals);
    return rows[0];
  });
}
