// Giving lanes to processes, in the database. Promises: every grant raises the lane's epoch, which ends all claims made
// under earlier ones; what an earlier owner left `sending` becomes `unknown` in the same transaction.
import type { ClientBase, Pool } from 'pg';

export interface Grant {
  laneId: string;
  epoch: number;
  postingPerMinute: number | null;
}

export interface LaneCounts {
  total: number;
  mine: number;
  free: number;
}

export async function countLanes(client: ClientBase, podId: string, living: readonly string[]): Promise<LaneCounts> {
  const { rows } = await client.query<LaneCounts>({
    name: 'count-lanes',
    text: `SELECT count(*)::integer AS total, count(*) FILTER (WHERE pod_id = $1)::integer AS mine,
                  count(*) FILTER (WHERE pod_id IS NULL OR pod_id <> ALL($2::uuid[]))::integer AS free
             FROM lane`,
    values: [podId, living],
  });
  return rows[0]!;
}

export async function takeLanes(client: ClientBase, podId: string, living: readonly string[], most: number, restMs: number): Promise<Grant[]> {
  await client.query('BEGIN');
  try {
    const { rows } = await client.query<{ laneId: string; epoch: string; postingPerMinute: number | null }>(
      `UPDATE lane SET pod_id = $1, epoch = epoch + 1
        WHERE lane_id IN (SELECT lane_id FROM lane WHERE pod_id IS NULL OR pod_id <> ALL($2::uuid[])
                           LIMIT $3 FOR UPDATE SKIP LOCKED)
       RETURNING lane_id AS "laneId", epoch, posting_per_minute AS "postingPerMinute"`,
      [podId, living, most],
    );
    if (rows.length > 0) await sweepAbandoned(client, rows.map((row) => row.laneId), restMs);
    await client.query('COMMIT');
    return rows.map((row) => ({ ...row, epoch: Number(row.epoch) }));
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** Requests of a former owner: nobody here knows whether they were written. */
async function sweepAbandoned(client: ClientBase, laneIds: readonly string[], restMs: number): Promise<void> {
  await client.query(
    `WITH swept AS (
       UPDATE delivery_live SET state = 'unknown', ambiguous = ambiguous + 1, reason = 'owner_lost',
              ready_at = clock_timestamp() + $2 * interval '1 millisecond', held_since = coalesce(held_since, now())
        WHERE lane = ANY($1) AND state = 'sending'
       RETURNING delivery_id, attempt_id, attempts)
     INSERT INTO attempt (attempt_id, delivery_id, n, result, error, advice, at)
     SELECT attempt_id, delivery_id, attempts, 'unknown', 'owner_lost',
            'The process that sent this ended before it recorded the answer.', clock_timestamp() FROM swept
     ON CONFLICT DO NOTHING`,
    [laneIds, restMs],
  );
}

/** Lanes of `held` that are no longer this process's under the epoch it knows. */
export async function lostLanes(client: ClientBase, podId: string, held: ReadonlyMap<string, number>): Promise<string[]> {
  const { rows } = await client.query<{ lane: string }>({
    name: 'lost-lanes',
    text: `SELECT h.lane FROM unnest($2::text[], $3::bigint[]) AS h(lane, epoch)
             LEFT JOIN lane l ON l.lane_id = h.lane AND l.epoch = h.epoch AND l.pod_id = $1
            WHERE l.lane_id IS NULL`,
    values: [podId, [...held.keys()], [...held.values()]],
  });
  return rows.map((row) => row.lane);
}

export async function giveBack(pool: Pool, podId: string, lanes: readonly { id: string; postingPerMinute: number | null }[]): Promise<void> {
  await pool.query(
    `UPDATE lane SET pod_id = NULL, posting_per_minute = coalesce(g.rate, posting_per_minute)
       FROM unnest($2::text[], $3::real[]) AS g(lane, rate) WHERE lane_id = g.lane AND pod_id = $1`,
    [podId, lanes.map((lane) => lane.id), lanes.map((lane) => lane.postingPerMinute)],
  );
}
