// The assignment of lanes to processes, in the database. Guarantees: every assignment raises the lane's epoch, which
// ends all claims made under earlier ones; an attempt that an earlier owner left `sending` becomes `unknown` in the
// same transaction; a lane or a delivery that somebody else has locked keeps no other lane from its owner.
import type { ClientBase, Pool } from 'pg';
import { defineStatement, rows, takesTooLong } from '@carillon/persistence';
import { abandonAttempts } from '../ledger/abandoned-attempts.ts';
import type { LaneAssignment, LaneSnapshot } from '../model/lane-assignment.ts';

const snapshotsAtOnce = 500;

/** Who asks: the process, who lives besides it, and the lanes it knows to be its own (or is handing back). */
export interface Asker {
  podId: string;
  living: readonly string[];
  holds: readonly string[];
}

/** A lane as the database says that it is this process's. */
export interface OwnLane {
  laneId: string;
  epoch: number;
  paused: boolean;
}

const selectOwn = defineStatement({
  name: 'own-lanes',
  parameters: { podId: 'uuid' },
  text: (p) => `SELECT lane_id AS "laneId", epoch, paused_at IS NOT NULL AS paused FROM lane WHERE pod_id = ${p.podId}`,
});

/** In memory they are compared with what the process believes: in SQL that would be every lane with every lane. */
export async function ownLanes(client: ClientBase, podId: string): Promise<OwnLane[]> {
  const { rows } = await client.query<{ laneId: string; epoch: string; paused: boolean }>(selectOwn({ podId }));
  return rows.map((row) => ({ ...row, epoch: Number(row.epoch) }));
}

const selectCounts = defineStatement({
  name: 'count-lanes',
  parameters: { living: 'uuid[]' },
  text: (p) => `
SELECT count(*)::integer AS total, count(*) FILTER (WHERE pod_id IS NULL OR pod_id <> ALL(${p.living}))::integer AS free FROM lane`,
});

/** All lanes, and those of nobody living. */
export async function countLanes(
  client: ClientBase,
  living: readonly string[],
): Promise<{ total: number; free: number }> {
  const { rows } = await client.query<{ total: number; free: number }>(selectCounts({ living }));
  return rows[0]!;
}

/**
 * Free is a lane of nobody, of a dead process, or of ours that this process does not know: its assignment was committed
 * unheard.
 */
const selectFree = defineStatement({
  parameters: { podId: 'uuid', living: 'uuid[]', holds: 'text[]', most: 'integer' },
  text: (p) => `
SELECT lane_id AS id, coalesce(pod_id::text, '') AS owner FROM lane
 WHERE pod_id IS NULL OR pod_id <> ALL(${p.living}) OR (pod_id = ${p.podId} AND lane_id <> ALL(${p.holds})) LIMIT ${p.most}`,
});

const takeLanes = defineStatement({
  parameters: { podId: 'uuid', free: rows({ id: 'text', owner: 'text' }) },
  text: (p) => `
UPDATE lane SET pod_id = ${p.podId}, epoch = epoch + 1
 WHERE lane_id IN (SELECT l.lane_id FROM lane l JOIN ${p.free.as('u')} ON u.id = l.lane_id AND u.owner = coalesce(l.pod_id::text, '')
                      FOR UPDATE OF l SKIP LOCKED)
RETURNING lane_id AS "laneId", epoch, pace AS learned, paused_at IS NOT NULL AS paused,
          coalesce((SELECT json_object_agg(key, extract(epoch FROM value::timestamptz - clock_timestamp()) * 1000)
                      FROM json_each_text(blocked) WHERE value::timestamptz > clock_timestamp()), '{}') AS "blockedForMs"`,
});

interface FreeLane {
  id: string;
  /** Empty: nobody. */
  owner: string;
}

/**
 * Takes free lanes, `most` of them at most. A lane that somebody else has locked, or of which a delivery under way is
 * locked, is left for the next time.
 */
export async function acquireLanes(
  client: ClientBase,
  { podId, living, holds }: Asker,
  most: number,
  restMs: number,
): Promise<LaneAssignment[]> {
  const { rows: free } = await client.query<FreeLane>(selectFree({ podId, living, holds, most }));
  return take(client, podId, free, restMs);
}

/** Halves what meets a lock, down to the lane that it belongs to. */
async function take(
  client: ClientBase,
  podId: string,
  free: readonly FreeLane[],
  restMs: number,
): Promise<LaneAssignment[]> {
  if (free.length === 0) return [];
  try {
    return await takeTogether(client, podId, free, restMs);
  } catch (error) {
    if (!takesTooLong(error)) throw error;
    if (free.length === 1) return [];
    const middle = free.length >> 1;
    const first = await take(client, podId, free.slice(0, middle), restMs);
    return [...first, ...(await take(client, podId, free.slice(middle), restMs))];
  }
}

async function takeTogether(
  client: ClientBase,
  podId: string,
  free: readonly FreeLane[],
  restMs: number,
): Promise<LaneAssignment[]> {
  await client.query('BEGIN');
  try {
    const { rows: taken } = await client.query<Omit<LaneAssignment, 'epoch'> & { epoch: string }>(
      takeLanes({ podId, free }),
    );
    const laneIds = taken.map((row) => row.laneId);
    if (laneIds.length > 0) await abandonAttempts(client, laneIds, restMs);
    await client.query('COMMIT');
    return taken.map((row) => ({ ...row, epoch: Number(row.epoch) }));
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

const freeLanes = defineStatement({
  parameters: { podId: 'uuid', laneIds: 'text[]' },
  text: (p) => `
UPDATE lane SET pod_id = NULL
 WHERE lane_id IN (SELECT lane_id FROM lane WHERE lane_id = ANY(${p.laneIds}) AND pod_id = ${p.podId} FOR UPDATE SKIP LOCKED)`,
});

/** A lane that somebody else has locked stays this process's: its next round takes it up again. */
export async function releaseLanes(pool: Pool, podId: string, lanes: readonly LaneSnapshot[]): Promise<void> {
  await storeSnapshots(pool, podId, lanes);
  await pool.query(freeLanes({ podId, laneIds: lanes.map((lane) => lane.id) }));
}

const updateSnapshots = defineStatement({
  name: 'store-lane-snapshots',
  parameters: { podId: 'uuid', snapshot: rows({ id: 'text', pace: 'json?', blocked: 'json' }) },
  text: (p) => `
UPDATE lane SET pace = coalesce(u.pace, lane.pace),
       blocked = (SELECT json_object_agg(key, clock_timestamp() + value::float8 * interval '1 millisecond') FROM json_each_text(u.blocked))
  FROM ${p.snapshot.as('u')}
 WHERE lane_id = u.id
   AND lane_id IN (SELECT lane_id FROM lane WHERE lane_id = ANY(${p.snapshot.array('id')}) AND pod_id = ${p.podId} FOR UPDATE SKIP LOCKED)`,
});

/** A lane that somebody else has locked keeps its former snapshot. */
export async function storeSnapshots(pool: Pool, podId: string, lanes: readonly LaneSnapshot[]): Promise<void> {
  for (let at = 0; at < lanes.length; at += snapshotsAtOnce) {
    const snapshot = lanes.slice(at, at + snapshotsAtOnce).map(({ id, learned, blockedForMs }) => ({
      id,
      pace: learned && JSON.stringify(learned),
      blocked: JSON.stringify(blockedForMs),
    }));
    await pool.query(updateSnapshots({ podId, snapshot }));
  }
}
