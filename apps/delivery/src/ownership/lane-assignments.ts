// The assignment of lanes to processes, in the database. Guarantees: every assignment raises the lane's epoch, which
// ends all claims made under earlier ones; an attempt that an earlier owner left `sending` becomes `unknown` in the
// same transaction.
import type { ClientBase, Pool } from 'pg';
import { defineStatement, rows } from '@carillon/persistence';
import { abandonAttempts } from '../ledger/abandoned-attempts.ts';
import type { LaneAssignment, LaneSnapshot, LearnedRate } from '../model/lane-assignment.ts';

/** Who asks: the process, who lives besides it, and the lanes it knows to be its own (or is handing back). */
export interface Asker {
  podId: string;
  living: readonly string[];
  holds: readonly string[];
}

/**
 * Free is a lane of nobody, of a dead process, or of ours that this process does not know: its assignment was committed
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

export async function acquireLanes(
  client: ClientBase,
  { podId, living, holds }: Asker,
  most: number,
  restMs: number,
): Promise<LaneAssignment[]> {
  await client.query('BEGIN');
  try {
    const { rows } = await client.query<{
      laneId: string;
      epoch: string;
      learned: LearnedRate | null;
      paused: boolean;
    }>(
      `UPDATE lane SET pod_id = $1, epoch = epoch + 1
        WHERE lane_id IN (SELECT lane_id FROM lane WHERE ${free} LIMIT $4 FOR UPDATE SKIP LOCKED)
       RETURNING lane_id AS "laneId", epoch, pace AS learned, paused_at IS NOT NULL AS paused`,
      [podId, living, holds, most],
    );
    if (rows.length > 0)
      await abandonAttempts(
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

export async function releaseLanes(pool: Pool, podId: string, lanes: readonly LaneSnapshot[]): Promise<void> {
  await storeSnapshots(pool, podId, lanes);
  await pool.query('UPDATE lane SET pod_id = NULL WHERE lane_id = ANY($2) AND pod_id = $1', [
    podId,
    lanes.map((lane) => lane.id),
  ]);
}

const updateSnapshots = defineStatement({
  name: 'store-lane-snapshots',
  parameters: { podId: 'uuid', snapshot: rows({ id: 'text', pace: 'json?', blocked: 'json' }) },
  text: (p) => `
UPDATE lane SET pace = coalesce(u.pace, lane.pace),
       blocked = (SELECT json_object_agg(key, clock_timestamp() + value::float8 * interval '1 millisecond') FROM json_each_text(u.blocked))
  FROM ${p.snapshot.as('u')} WHERE lane_id = u.id AND pod_id = ${p.podId}`,
});

export async function storeSnapshots(pool: Pool, podId: string, lanes: readonly LaneSnapshot[]): Promise<void> {
  if (lanes.length === 0) return;
  const snapshot = lanes.map(({ id, learned, blockedForMs }) => ({
    id,
    pace: learned && JSON.stringify(learned),
    blocked: JSON.stringify(blockedForMs),
  }));
  await pool.query(updateSnapshots({ podId, snapshot }));
}
