// A delivery by another channel in place of one that ended. Guarantees: it has the id that a delivery by that channel
// of this notification has anyway, so it can never exist twice; it is created in the transaction that ends the other
// one.
import type { ClientBase } from 'pg';
import { defineStatement, rows, type RowsReference } from '@carillon/persistence';
import type { Fallback } from '../model/delivery-result.ts';
import { nextSeq } from './arrival-order.ts';

/** For `rows(…)` of a statement that contains `fallbackCtes`. */
export const fallbackColumnTypes = {
  fromId: 'uuid',
  id: 'uuid',
  kind: 'text',
  destination: 'json',
  lane: 'text',
  channel: 'text',
  waits: 'boolean',
} as const;

/** `waiting`: of deliveries whose instant has not come. */
export const fallbackRows = (fallbacks: readonly Fallback[], waiting: ReadonlySet<string> = new Set()) =>
  fallbacks.map(({ fromId, id, destination, lane, channel }) => ({
    fromId,
    id,
    kind: destination.kind,
    destination: JSON.stringify(destination),
    lane,
    channel,
    waits: waiting.has(fromId),
  }));

/**
 * Two CTEs over `d` (the deliveries that ended just now, all columns): lanes and deliveries. What waited for its
 * instant goes on waiting, the item of a digest in the series of the same key for its own kind of channel: a series is
 * `<tenant>:<kind>:<key>`, and tenant and kind hold no colon.
 */
export const fallbackCtes = (fallbacks: RowsReference<typeof fallbackColumnTypes>): string => `
fl AS (
  INSERT INTO lane (lane_id) SELECT DISTINCT lane FROM unnest(${fallbacks.array('lane')}) AS u(lane) ORDER BY lane ON CONFLICT DO NOTHING),
f AS (
  INSERT INTO delivery_live (delivery_id, seq, notification_id, recipient, destination, lane, channel, priority, state, ready_at,
                             expires_at, expiry_asked, op, tenant_id, variant, digest_key, digest_due, digest_next)
  SELECT u.id, ${nextSeq}, d.notification_id, d.recipient, u.destination, u.lane, u.channel, d.priority,
         CASE WHEN u.waits THEN 'waiting' ELSE 'ready' END, CASE WHEN u.waits THEN d.ready_at ELSE now() END,
         d.expires_at, d.expiry_asked, d.op, d.tenant_id, d.variant,
         CASE WHEN u.waits AND d.digest_key IS NOT NULL
              THEN d.tenant_id || ':' || u.kind || regexp_replace(substr(d.digest_key, length(d.tenant_id) + 2), '^[^:]*', '') END,
         CASE WHEN u.waits THEN d.digest_due END, CASE WHEN u.waits THEN d.digest_next END
    FROM ${fallbacks.as('u')}
    JOIN d ON d.delivery_id = u.from_id
   WHERE d.state IN ('failed', 'cancelled') AND NOT EXISTS (SELECT FROM delivery e WHERE e.delivery_id = u.id)
  RETURNING lane, channel, priority, notification_id)`;

const insertAll = defineStatement({
  parameters: { fallbacks: rows(fallbackColumnTypes) },
  text: (p) => `
WITH d AS (SELECT * FROM delivery WHERE delivery_id = ANY(${p.fallbacks.array('fromId')}) AND settled), ${fallbackCtes(p.fallbacks)}
SELECT count(*) FROM f`,
});

export async function insertFallbacks(
  client: ClientBase,
  fallbacks: readonly Fallback[],
  waiting: ReadonlySet<string>,
): Promise<void> {
  if (fallbacks.length > 0) await client.query(insertAll({ fallbacks: fallbackRows(fallbacks, waiting) }));
}
