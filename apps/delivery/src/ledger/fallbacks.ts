// E-mail in Slack's place: a new delivery for the same recipient, with the id that an e-mail of this notification has
// anyway, so that it can never come twice. Made in the transaction that ends the Slack delivery.
import type { ClientBase } from 'pg';
import { deliveryIdOf } from '@carillon/domain/ids';
import { defineStatement, rows, type RowsReference } from '@carillon/persistence';
import type { Claimed } from './claims.ts';
import { nextSeq } from './arrival-order.ts';
import { queueOf } from '../ingest/plan-ingest.ts';

export type FallenBack = Pick<Claimed, 'deliveryId' | 'notificationId' | 'recipient' | 'tenantId' | 'fallback'>;

/** For `rows(…)` of a statement that contains `fallbackCtes`. */
export const fallbackColumnTypes = {
  fromId: 'uuid',
  id: 'uuid',
  destination: 'json',
  lane: 'text',
  channel: 'text',
  waits: 'boolean',
} as const;

/** One row per delivery that ends and has a fallback. `waiting`: of those whose instant has not come. */
export function fallbackRows(deliveries: readonly FallenBack[], waiting: ReadonlySet<string> = new Set()) {
  return deliveries.flatMap(({ fallback, deliveryId, notificationId, recipient, tenantId }) =>
    fallback
      ? [
          {
            fromId: deliveryId,
            id: deliveryIdOf(notificationId, recipient, fallback.kind),
            destination: JSON.stringify(fallback),
            waits: waiting.has(deliveryId),
            ...queueOf(tenantId, fallback),
          },
        ]
      : [],
  );
}

/**
 * Two CTEs over `d` (the deliveries that ended just now, all columns): lanes and deliveries. What waited for its
 * instant goes on waiting, the item of a digest in the e-mail series of the same key.
 */
export const fallbackCtes = (fallbacks: RowsReference<typeof fallbackColumnTypes>): string => `
fl AS (
  INSERT INTO lane (lane_id) SELECT DISTINCT lane FROM unnest(${fallbacks.array('lane')}) AS u(lane) ORDER BY lane ON CONFLICT DO NOTHING),
f AS (
  INSERT INTO delivery_live (delivery_id, seq, notification_id, recipient, destination, lane, channel, priority, state, ready_at,
                             expires_at, expiry_asked, op, tenant_id, digest_key, digest_due, digest_next)
  SELECT u.id, ${nextSeq}, d.notification_id, d.recipient, u.destination, u.lane, u.channel, d.priority,
         CASE WHEN u.waits THEN 'waiting' ELSE 'ready' END, CASE WHEN u.waits THEN d.ready_at ELSE now() END,
         d.expires_at, d.expiry_asked, d.op, d.tenant_id,
         CASE WHEN u.waits AND d.digest_key IS NOT NULL THEN d.tenant_id || ':email:' || substr(d.digest_key, length(d.tenant_id || ':slack:') + 1) END,
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
  deliveries: readonly FallenBack[],
  waiting: ReadonlySet<string>,
): Promise<void> {
  const fallbacks = fallbackRows(deliveries, waiting);
  if (fallbacks.length > 0) await client.query(insertAll({ fallbacks }));
}
