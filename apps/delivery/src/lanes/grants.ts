// Giving lanes to processes, in the database. Promises: every grant raises the lane's epoch, which ends all claims made
// under earlier ones; what an earlier owner left `sending` becomes `unknown` in the same transaction.
import type { ClientBase, Pool } from 'pg';

export interface Grant {
  laneId: string;
  epoch: number;
  postingPerMinute: number | null;
}

/** Who asks: the process, who lives besides it, and the lanes it knows to be its own (or is handing back). */
export interface Asker {
  podId: string;
  living: readonly string[];
  holds: readonly string[];
}

/** Free is a lane of nobody, of a dead process, or of ours that this process does not know: its grant was committed unheard. */
const free = 'pod_id IS NULL OR pod_id <> ALL($2::uuid[]) OR (pod_id = $1 AND lane_id <> ALL($3::text[]))';

export async function countLanes(client: ClientBase, { podId, living, holds }: Asker): Promise<{ total: number; free: number }> {
  const { rows } = await client.query<{ total: number; free: number }>({
    name: 'count-lanes',
    text: `SELECT count(*)::integer AS total, count(*) FILTER (WHERE ${free})::integer AS free FROM lane`,
    values: [podId, living, holds],
  });
  return rows[0]!;
}

export async function takeLanes(client: ClientBase, { podId, living, holds }: Asker, most: number, restMs: number): Promise<Grant[]> {
  await client.query('BEGIN');
  try {
    const { rows } = await client.query<{ laneId: string; epoch: string; postingPerMinute: number | null }>(
      `UPDATE lane SET pod_id = $1, epoch = epoch + 1
        WHERE lane_id IN (SELECT lane_id FROM lane WHERE ${free} LIMIT $4 FOR UPDATE SKIP LOCKED)
       RETURNING lane_id AS "laneId", epoch, posting_per_minute AS "postingPerMinute"`,
      [podId, living, holds, most],
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
function sweepAbandoned(client: ClientBase, laneIds: readonly string[], restMs: number): Promise<number> {
  return sweep(client, "lane = ANY($1) AND state = 'sending'", laneIds, restMs);
}

/** Attempts that the database shows as under way in these lanes. */
export async function attemptsUnderWay(pool: Pool, laneIds: readonly string[]): Promise<{ deliveryId: string; attemptId: string }[]> {
  const { rows } = await pool.query<{ deliveryId: string; attemptId: string }>({
    name: 'attempts-under-way',
    text: `SELECT delivery_id AS "deliveryId", attempt_id AS "attemptId" FROM delivery_live WHERE lane = ANY($1) AND state = 'sending'`,
    values: [laneIds],
  });
  return rows;
}

/** The same for attempts that nobody carries out although their lane has its owner: a claim committed unheard, a result refused. */
export function sweepOrphans(pool: Pool, attempts: readonly { deliveryId: string; attemptId: string }[], restMs: number): Promise<number> {
  const condition = "delivery_id = ANY($1::uuid[]) AND attempt_id = ANY($3::uuid[]) AND state = 'sending'";
  return sweep(pool, condition, attempts.map((a) => a.deliveryId), restMs, attempts.map((a) => a.attemptId));
}

async function sweep(client: ClientBase | Pool, condition: string, ids: readonly string[], restMs: number, ...more: unknown[]): Promise<number> {
  const { rowCount } = await client.query(
    `WITH swept AS (
       UPDATE delivery_live SET state = 'unknown', ambiguous = ambiguous + 1, reason = 'owner_lost',
              ready_at = clock_timestamp() + $2 * interval '1 millisecond', held_since = coalesce(held_since, now())
        WHERE ${condition}
       RETURNING delivery_id, attempt_id, attempts, claimed_at)
     INSERT INTO attempt (attempt_id, delivery_id, n, result, error, advice, at)
     SELECT attempt_id, delivery_id, attempts, 'unknown', 'owner_lost',
            'The process that sent this ended before it recorded the answer.', claimed_at FROM swept
     ON CONFLICT DO NOTHING`,
    [ids, restMs, ...more],
  );
  return rowCount ?? 0;
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
