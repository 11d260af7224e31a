// Giving lanes to processes, in the database. Promises: every grant raises the lane's epoch, which ends all claims made
// under earlier ones; what an earlier owner left `sending` becomes `unknown` in the same transaction.
import type { ClientBase, Pool } from 'pg';
import { defineStatement, rows } from '@carillon/persistence';
import type { Learned } from '../dispatch/posting-pace.ts';

export interface Grant {
  laneId: string;
  epoch: number;
  /** By former owners. */
  learned: Learned | null;
  paused: boolean;
}

/** Who asks: the process, who lives besides it, and the lanes it knows to be its own (or is handing back). */
export interface Asker {
  podId: string;
  living: readonly string[];
  holds: readonly string[];
}

/**
 * Free is a lane of nobody, of a dead process, or of ours that this process does not know: its grant was committed
 * unheard.
 */
const free = 'pod_id IS NULL OR pod_id <> ALL($2::uuid[]) OR (pod_id = $1 AND lane_id <> ALL($3::text[]))';

/** A lane as the database says that it is this process's. */
export interface OwnLane {
  laneId: string;
  epoch: number;
  paused: boolean;
}

/** In memory they are compared with what the process believes: in SQL that would be every lane with every lane. */
export async function ownLanes(client: ClientBase, podId: string): Promise<OwnLane[]> {
  const { rows } = await client.query<{ laneId: string; epoch: string; paused: boolean }>({
    name: 'own-lanes',
    text: 'SELECT lane_id AS "laneId", epoch, paused_at IS NOT NULL AS paused FROM lane WHERE pod_id = $1',
    values: [podId],
  });
  return rows.map((row) => ({ ...row, epoch: Number(row.epoch) }));
}

/** All lanes, and those of nobody living. */
export async function countLanes(
  client: ClientBase,
  living: readonly string[],
): Promise<{ total: number; free: number }> {
  const { rows } = await client.query<{ total: number; free: number }>({
    name: 'count-lanes',
    text: `SELECT count(*)::integer AS total, count(*) FILTER (WHERE pod_id IS NULL OR pod_id <> ALL($1::uuid[]))::integer AS free FROM lane`,
    values: [living],
  });
  return rows[0]!;
}

export async function takeLanes(
  client: ClientBase,
  { podId, living, holds }: Asker,
  most: number,
  restMs: number,
): Promise<Grant[]> {
  await client.query('BEGIN');
  try {
    const { rows } = await client.query<{ laneId: string; epoch: string; learned: Learned | null; paused: boolean }>(
      `UPDATE lane SET pod_id = $1, epoch = epoch + 1
        WHERE lane_id IN (SELECT lane_id FROM lane WHERE ${free} LIMIT $4 FOR UPDATE SKIP LOCKED)
       RETURNING lane_id AS "laneId", epoch, pace AS learned, paused_at IS NOT NULL AS paused`,
      [podId, living, holds, most],
    );
    if (rows.length > 0)
      await sweepAbandoned(
        client,
        rows.map((row) => row.laneId),
        restMs,
      );
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
export async function attemptsUnderWay(
  pool: Pool,
  laneIds: readonly string[],
): Promise<{ deliveryId: string; attemptId: string }[]> {
  const { rows } = await pool.query<{ deliveryId: string; attemptId: string }>({
    name: 'attempts-under-way',
    text: `SELECT delivery_id AS "deliveryId", attempt_id AS "attemptId" FROM delivery_live WHERE lane = ANY($1) AND state = 'sending'`,
    values: [laneIds],
  });
  return rows;
}

/**
 * The same for attempts that nobody carries out although their lane has its owner: a claim committed unheard, a result
 * refused.
 */
export function sweepOrphans(
  pool: Pool,
  attempts: readonly { deliveryId: string; attemptId: string }[],
  restMs: number,
): Promise<number> {
  const condition = "delivery_id = ANY($1::uuid[]) AND attempt_id = ANY($3::uuid[]) AND state = 'sending'";
  return sweep(
    pool,
    condition,
    attempts.map((a) => a.deliveryId),
    restMs,
    attempts.map((a) => a.attemptId),
  );
}

async function sweep(
  client: ClientBase | Pool,
  condition: string,
  ids: readonly string[],
  restMs: number,
  ...more: unknown[]
): Promise<number> {
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

/** What an owner writes about a lane: for the next one, and for whoever asks what a delivery waits for. */
export interface LaneNews {
  id: string;
  learned: Learned | null;
  /** Methods that Slack blocked, with the ms from now. */
  blockedForMs: Record<string, number>;
}

export async function giveBack(pool: Pool, podId: string, lanes: readonly LaneNews[]): Promise<void> {
  await keepNews(pool, podId, lanes);
  await pool.query('UPDATE lane SET pod_id = NULL WHERE lane_id = ANY($2) AND pod_id = $1', [
    podId,
    lanes.map((lane) => lane.id),
  ]);
}

const storeNews = defineStatement({
  name: 'keep-lane-news',
  parameters: { podId: 'uuid', news: rows({ id: 'text', pace: 'json?', blocked: 'json' }) },
  text: (p) => `
UPDATE lane SET pace = coalesce(u.pace, lane.pace),
       blocked = (SELECT json_object_agg(key, clock_timestamp() + value::float8 * interval '1 millisecond') FROM json_each_text(u.blocked))
  FROM ${p.news.as('u')} WHERE lane_id = u.id AND pod_id = ${p.podId}`,
});

export async function keepNews(pool: Pool, podId: string, lanes: readonly LaneNews[]): Promise<void> {
  if (lanes.length === 0) return;
  const news = lanes.map(({ id, learned, blockedForMs }) => ({
    id,
    pace: learned && JSON.stringify(learned),
    blocked: JSON.stringify(blockedForMs),
  }));
  await pool.query(storeNews({ podId, news }));
}
