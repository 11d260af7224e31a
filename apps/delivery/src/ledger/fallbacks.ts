// E-mail in Slack's place: a new delivery for the same recipient, with the id that an e-mail of this notification has
// anyway, so that it can never come twice. Made in the transaction that ends the Slack delivery.
import type { ClientBase } from 'pg';
import type { Destination } from '@carillon/domain';
import { deliveryIdOf } from '@carillon/domain/ids';
import type { Claimed } from './claims.ts';
import { nextSeq } from './order.ts';
import { queueOf } from './plan-ingest.ts';

export type FallenBack = Pick<Claimed, 'deliveryId' | 'notificationId' | 'recipient' | 'tenantId' | 'fallback'>;

/** Arrays for `fallbackCtes`: one per delivery that ends and has a fallback. */
export function fallbackColumns(deliveries: readonly FallenBack[]) {
  const rows = deliveries.flatMap(({ fallback, ...delivery }) => (fallback ? [{ ...delivery, to: fallback, ...queueOf(delivery.tenantId, fallback) }] : []));
  return {
    from: rows.map((row) => row.deliveryId),
    id: rows.map((row) => fallbackIdOf(row)),
    destination: rows.map((row) => JSON.stringify(row.to)),
    lane: rows.map((row) => row.lane),
    channel: rows.map((row) => row.channel),
  };
}

export const fallbackIdOf = ({ notificationId, recipient }: Pick<Claimed, 'notificationId' | 'recipient'>, kind: Destination['kind'] = 'email'): string =>
  deliveryIdOf(notificationId, recipient, kind);

/** Two CTEs over `d` (the deliveries that ended just now, all columns): lanes and deliveries; parameters from `$first` on. */
export const fallbackCtes = (first: number): string => `
fl AS (
  INSERT INTO lane (lane_id) SELECT DISTINCT lane FROM unnest($${first + 3}::text[]) AS u(lane) ORDER BY lane ON CONFLICT DO NOTHING),
f AS (
  INSERT INTO delivery_live (delivery_id, seq, notification_id, recipient, destination, lane, channel, priority, state, ready_at,
                             expires_at, expiry_asked, op, tenant_id)
  SELECT u.id, ${nextSeq}, d.notification_id, d.recipient, u.destination, u.lane, u.channel, d.priority,
         'ready', now(), d.expires_at, d.expiry_asked, d.op, d.tenant_id
    FROM unnest($${first}::uuid[], $${first + 1}::uuid[], $${first + 2}::json[], $${first + 3}::text[], $${first + 4}::text[])
           AS u(from_id, id, destination, lane, channel)
    JOIN d ON d.delivery_id = u.from_id
   WHERE d.state IN ('failed', 'cancelled') AND NOT EXISTS (SELECT FROM delivery e WHERE e.delivery_id = u.id)
  RETURNING lane, channel, priority, notification_id)`;

export async function insertFallbacks(client: ClientBase, deliveries: readonly FallenBack[]): Promise<void> {
  const columns = fallbackColumns(deliveries);
  if (columns.id.length === 0) return;
  await client.query(
    `WITH d AS (SELECT * FROM delivery WHERE delivery_id = ANY($1::uuid[]) AND settled), ${fallbackCtes(1)}
     SELECT count(*) FROM f`,
    [columns.from, columns.id, columns.destination, columns.lane, columns.channel],
  );
}
