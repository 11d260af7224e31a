// Reads the heads of the queues. Promises: the cost depends on the channels that have work and on the window, never on how
// long a queue is or on history: channels are found by skipping along the index, heads by its order.
import type { Pool } from 'pg';
import type { Candidate, Rank } from '../lanes/lane.ts';
import { monotonicNow } from '../lanes/pacing.ts';

/** Candidates held in memory per channel and priority. */
export const window = 16;

/** Channels of one lane looked at in one read; the rest follow when these have drained. */
const channelsPerRead = 2_000;

const statement = `
SELECT h.lane, h.delivery_id, h.channel, h.priority, h.seq, h.installation_id, h.state = 'unknown' AS unknown,
       greatest(0, extract(epoch FROM h.ready_at - clock_timestamp()) * 1000)::float8 AS ready_in_ms
  FROM unnest($1::text[]) AS l(lane)
 CROSS JOIN LATERAL (
   WITH RECURSIVE c(channel) AS (
     (SELECT channel FROM delivery_live WHERE lane = l.lane AND state IN ('ready', 'unknown') ORDER BY channel LIMIT 1)
     UNION ALL
     SELECT (SELECT d.channel FROM delivery_live d
              WHERE d.lane = l.lane AND d.state IN ('ready', 'unknown') AND d.channel > c.channel
              ORDER BY d.channel LIMIT 1)
       FROM c WHERE c.channel IS NOT NULL)
   SELECT q.* FROM (SELECT channel FROM c WHERE channel IS NOT NULL LIMIT ${channelsPerRead}) AS c
    CROSS JOIN (VALUES (0), (1), (2)) AS p(priority)
    CROSS JOIN LATERAL (
      SELECT d.* FROM delivery_live d
       WHERE d.lane = l.lane AND d.channel = c.channel AND d.priority = p.priority AND d.state IN ('ready', 'unknown')
       ORDER BY d.seq LIMIT ${window}) AS q) AS h`;

interface Head {
  lane: string;
  delivery_id: string;
  channel: string;
  priority: Rank;
  seq: string;
  installation_id: string | null;
  unknown: boolean;
  ready_in_ms: number;
}

/** The heads of all queues of the given lanes, by lane; a lane without work has no entry. */
export async function readHeads(pool: Pool, lanes: readonly string[]): Promise<Map<string, Candidate[]>> {
  const { rows } = await pool.query<Head>({ name: 'read-heads', text: statement, values: [lanes] });
  const now = monotonicNow();
  const heads = new Map<string, Candidate[]>();
  for (const row of rows) {
    let candidates = heads.get(row.lane);
    if (!candidates) heads.set(row.lane, (candidates = []));
    candidates.push({
      deliveryId: row.delivery_id,
      channel: row.channel,
      rank: row.priority,
      seq: Number(row.seq),
      readyAt: row.ready_in_ms === 0 ? 0 : now + row.ready_in_ms,
      installationId: row.installation_id,
      unknown: row.unknown,
    });
  }
  return heads;
}
