// Reads the heads of the queues. Promises: the cost depends on the channels that have work and on the window, never on
// how long a queue is or on history: channels are found by skipping along the index, heads by its order.
import type { Pool } from 'pg';
import { defineStatement, rows } from '@carillon/persistence';
import type { Operation } from '../model/operation.ts';
import type { Priority, QueuedDelivery } from '../model/queued-delivery.ts';
import { monotonicNow } from '../model/clock.ts';

/** Candidates held in memory per channel and priority. */
export const window = 16;

const columns = `h.lane, h.delivery_id, h.channel, h.priority, h.seq, h.installation_id, h.state = 'unknown' AS unknown,
       greatest(0, extract(epoch FROM h.ready_at - clock_timestamp()) * 1000)::float8 AS ready_in_ms,
       CASE WHEN h.op = 'delete' THEN 'delete'
            WHEN h.collapse_slot IS NOT NULL AND (SELECT s.message_ref FROM slot s WHERE s.slot_id = h.collapse_slot) IS NOT NULL THEN 'update'
            ELSE 'create' END AS operation`;

/** The first rows of one channel, per priority; `q` has a lane and a channel. */
const heads = `
  CROSS JOIN (VALUES (0), (1), (2)) AS p(priority)
  CROSS JOIN LATERAL (
    SELECT d.* FROM delivery_live d
     WHERE d.lane = q.lane AND d.channel = q.channel AND d.priority = p.priority AND d.state IN ('ready', 'unknown')
     ORDER BY d.seq LIMIT ${window}) AS h`;

const readLanes = defineStatement({
  name: 'heads-of-lanes',
  parameters: { lanes: 'text[]' },
  text: (p) => `
WITH RECURSIVE q(lane, channel) AS (
  SELECT l.lane, (SELECT d.channel FROM delivery_live d
                   WHERE d.lane = l.lane AND d.state IN ('ready', 'unknown') ORDER BY d.channel LIMIT 1)
    FROM unnest(${p.lanes}) AS l(lane)
  UNION ALL
  SELECT q.lane, (SELECT d.channel FROM delivery_live d
                   WHERE d.lane = q.lane AND d.state IN ('ready', 'unknown') AND d.channel > q.channel ORDER BY d.channel LIMIT 1)
    FROM q WHERE q.channel IS NOT NULL)
SELECT ${columns} FROM q ${heads} WHERE q.channel IS NOT NULL`,
});

const readChannels = defineStatement({
  name: 'heads-of-channels',
  parameters: { channels: rows({ lane: 'text', channel: 'text' }) },
  text: (p) => `SELECT ${columns} FROM ${p.channels.as('q')} ${heads}`,
});

interface Head {
  lane: string;
  delivery_id: string;
  channel: string;
  priority: Priority;
  seq: string;
  installation_id: string | null;
  unknown: boolean;
  ready_in_ms: number;
  operation: Operation;
}

export type Heads = Map<string, QueuedDelivery[]>;

/** The heads of all queues of the given lanes, by lane; a lane without work has no entry. */
export async function headsOfLanes(pool: Pool, lanes: readonly string[]): Promise<Heads> {
  const { rows: found } = await pool.query<Head>(readLanes({ lanes }));
  return byLane(found);
}

/** The same for some channels. */
export async function headsOfChannels(
  pool: Pool,
  channels: readonly { lane: string; channel: string }[],
): Promise<Heads> {
  const { rows: found } = await pool.query<Head>(readChannels({ channels }));
  return byLane(found);
}

function byLane(found: readonly Head[]): Heads {
  const now = monotonicNow();
  const heads: Heads = new Map();
  for (const row of found) {
    let deliveries = heads.get(row.lane);
    if (!deliveries) heads.set(row.lane, (deliveries = []));
    deliveries.push({
      deliveryId: row.delivery_id,
      channel: row.channel,
      priority: row.priority,
      seq: Number(row.seq),
      readyAt: row.ready_in_ms === 0 ? 0 : now + row.ready_in_ms,
      installationId: row.installation_id,
      unknown: row.unknown,
      operation: row.operation,
    });
  }
  return heads;
}
