// E-mail in Slack's place: a new delivery for the same recipient, with the id that an e-mail of this notification has
// anyway, so that it can never come twice. Made in the transaction that ends the Slack delivery.
import type { ClientBase } from 'pg';
import { deliveryIdOf } from '@carillon/domain/ids';
import type { Claimed } from './claims.ts';
import { nextSeq } from './order.ts';
import { queueOf } from './plan-ingest.ts';

export type FallenBack = Pick<Claimed, 'deliveryId' | 'notificationId' | 'recipient' | 'tenantId' | 'fallback'>;

/**
 * Arrays for `fallbackCtes`: one per delivery that ends and has a fallback. `waiting`: of those whose instant has not
 * come.
 */
export function fallbackColumns(deliveries: readonly FallenBack[], waiting: ReadonlySet<string> = new Set()) {
  const rows = deliveries.flatMap(({ fallback, ...delivery }) =>
    fallback ? [{ ...delivery, to: fallback, ...queueOf(delivery.tenantId, fallback) }] : [],
  );
  return {
    from: rows.map((row) => row.deliveryId),
    id: rows.map(({ notificationId, recipient, to }) => deliveryIdOf(notificationId, recipient, to.kind)),
    destination: rows.map((row) => JSON.stringify(row.to)),
    lane: rows.map((row) => row.lane),
    channel: rows.map((row) => row.channel),
    waits: rows.map((row) => waiting.has(row.deliveryId)),
  };
}

/**
 * Two CTEs over `d` (the deliveries that ended just now, all columns): lanes and deliveries; parameters from `$first`
 * on. What waited for its instant goes on waiting, the item of a digest in the e-mail series of the same key.
 */
export const fallbackCtes = (first: number): string => `
fl AS (
  INSERT INTO lane (lane_id) SELECT DISTINCT lane FROM unnest($${first + 3}::text[]) AS u(lane) ORDER BY lane ON CONFLICT DO NOTHING),
f AS (
  INSERT INTO delivery_live (delivery_id, seq, notification_id, recipient, destination, lane, channel, priority, state, ready_at,
                             expires_at, expiry_asked, op, tenant_id, digest_key, digest_due, digest_next)
  SELECT u.id, ${nextSeq}, d.notification_id, d.recipient, u.destination, u.lane, u.channel, d.priority,
         CASE WHEN u.waits THEN 'waiting' ELSE 'ready' END, CASE WHEN u.waits THEN d.ready_at ELSE now() END,
         d.expires_at, d.expiry_asked, d.op, d.tenant_id,
         CASE WHEN u.waits AND d.digest_key IS NOT NULL THEN d.tenant_id || ':email:' || substr(d.digest_key, length(d.tenant_id || ':slack:') + 1) END,
         CASE WHEN u.waits THEN d.digest_due END, CASE WHEN u.waits THEN d.digest_next END
    FROM unnest($${first}::uuid[], $${first + 1}::uuid[], $${first + 2}::json[], $${first + 3}::text[], $${first + 4}::text[], $${first + 5}::boolean[])
           AS u(from_id, id, destination, lane, channel, waits)
    JOIN d ON d.delivery_id = u.from_id
   WHERE d.state IN ('failed', 'cancelled') AND NOT EXISTS (SELECT FROM delivery e WHERE e.delivery_id = u.id)
  RETURNING lane, channel, priority, notification_id)`;

export async function insertFallbacks(
  client: ClientBase,
  deliveries: readonly FallenBack[],
  waiting: ReadonlySet<string>,
): Promise<void> {
  const columns = fallbackColumns(deliveries, waiting);
  if (columns.id.length === 0) return;
  await client.query(
    `WITH d AS (SELECT * FROM delivery WHERE delivery_id = ANY($1::uuid[]) AND settled), ${fallbackCtes(1)}
     SELECT count(*) FROM f`,
    [columns.from, columns.id, columns.destination, columns.lane, columns.channel, columns.waits],
  );
}
