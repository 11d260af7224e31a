// Reads the heads of the queues, a page of channels at a time. Guarantees: the cost depends on the channels of the
// page and on the heads asked for, never on how long a queue is, on how many channels it has, or on history: channels
// are found by skipping along the index, heads by its order.
import type { Pool } from 'pg';
import { defineStatement, rows } from '@carillon/persistence';
import { monotonicNow } from '../model/clock.ts';
import type { Operation } from '../model/operation.ts';
import type { Priority, QueuedDelivery } from '../model/queued-delivery.ts';

/** Heads of each channel and priority: of a channel that is read alone, and of a channel in a page. */
export const headsPerChannel = 16;
export const headsPerPageChannel = 4;

const columns = `h.lane, h.delivery_id, h.channel, h.priority, h.seq, h.installation_id, h.state = 'unknown' AS unknown,
       greatest(0, extract(epoch FROM h.ready_at - clock_timestamp()) * 1000)::float8 AS ready_in_ms,
       CASE WHEN h.op = 'delete' THEN 'delete'
            WHEN h.collapse_slot IS NOT NULL AND (SELECT s.message_ref FROM slot s WHERE s.slot_id = h.collapse_slot) IS NOT NULL THEN 'update'
            ELSE 'create' END AS operation`;

/** `queue` has a lane, a priority and a channel. */
const heads = (queue: string, most: number): string => `
  CROSS JOIN LATERAL (
    SELECT d.* FROM delivery_live d
     WHERE d.lane = ${queue}.lane AND d.priority = ${queue}.priority AND d.channel = ${queue}.channel AND d.state IN ('ready', 'unknown')
     ORDER BY d.seq LIMIT ${most}) AS h`;

const nextChannel = (queue: string, after: string): string => `(
  SELECT d.channel FROM delivery_live d
   WHERE d.lane = ${queue}.lane AND d.priority = ${queue}.priority AND d.channel > ${after} AND d.state IN ('ready', 'unknown')
   ORDER BY d.channel LIMIT 1)`;

export interface QueuePage {
  lane: string;
  priority: Priority;
  /** The page begins behind this channel; '' = at the beginning. */
  after: string;
  /** How many channels. */
  channels: number;
}

const selectPages = defineStatement({
  name: 'queue-pages',
  parameters: { pages: rows({ lane: 'text', priority: 'smallint', after: 'text', channels: 'integer' }) },
  text: (p) => `
WITH RECURSIVE q(lane, priority, channel, more) AS (
  SELECT p.lane, p.priority, ${nextChannel('p', 'p.after')}, p.channels - 1 FROM ${p.pages.as('p')}
  UNION ALL
  SELECT q.lane, q.priority, ${nextChannel('q', 'q.channel')}, q.more - 1 FROM q WHERE q.channel IS NOT NULL AND q.more > 0)
SELECT ${columns} FROM q ${heads('q', headsPerPageChannel)} WHERE q.channel IS NOT NULL`,
});

const selectChannels = defineStatement({
  name: 'queue-channels',
  parameters: { channels: rows({ lane: 'text', channel: 'text' }) },
  text: (p) => `
SELECT ${columns} FROM (SELECT c.lane, c.channel, p.priority FROM ${p.channels.as('c')} CROSS JOIN (VALUES (0), (1), (2)) AS p(priority)) AS q
${heads('q', headsPerChannel)}`,
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

/** By lane; a lane without work has no entry. */
export type Heads = Map<string, QueuedDelivery[]>;

/** The heads of the pages, for each lane and priority in the order of the channels' names. */
export async function headsOfPages(pool: Pool, pages: readonly QueuePage[]): Promise<Heads> {
  const { rows: found } = await pool.query<Head>(selectPages({ pages }));
  return byLane(found);
}

/** The heads of single channels, of all priorities. */
export async function headsOfChannels(
  pool: Pool,
  channels: readonly { lane: string; channel: string }[],
): Promise<Heads> {
  const { rows: found } = await pool.query<Head>(selectChannels({ channels }));
  return byLane(found);
}

function byLane(found: readonly Head[]): Heads {
  const now = monotonicNow();
  const byLane: Heads = new Map();
  for (const row of found) {
    let queued = byLane.get(row.lane);
    if (!queued) byLane.set(row.lane, (queued = []));
    queued.push({
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
  return byLane;
}
