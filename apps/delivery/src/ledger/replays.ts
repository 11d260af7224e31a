// Sends again what had ended: the same delivery, its attempts kept, marked as a replay and paced like everything else.
// What was delivered, or told by e-mail in its place, is refused unless forced; what was taken back stays taken back,
// and what a newer version has replaced stays replaced. What may have been posted before stays flagged.
import type { ClientBase, Pool } from 'pg';
import { deliveryIdOf } from '@carillon/domain/ids';
import { inTransaction } from '@carillon/persistence';
import type { Arrival } from '../model/queued-delivery.ts';
import { superseded } from './claims.ts';
import { retryOnSerializationFailure } from './retry-on-serialization-failure.ts';

/** A delivery that stands in its queue again. */
export type Reopened = Arrival;

/** How long a replay may be told. */
const expiry = '7 days';

const statement = `
UPDATE delivery AS d
   SET state = 'ready', settled = false, settled_at = NULL, op = 'post', replay = d.replay + 1, ready_at = now(), reason = NULL,
       held_since = NULL, ambiguous = d.ambiguous + CASE WHEN d.state = 'delivered' THEN 1 ELSE 0 END,
       expires_at = now() + interval '${expiry}', expiry_asked = false, attempt_id = NULL, digest_id = NULL
 WHERE d.delivery_id = ANY($1::uuid[]) AND d.settled AND d.op <> 'digest' AND ($2 OR d.state <> 'delivered')
   AND NOT EXISTS (SELECT FROM retraction r WHERE r.notification_id = d.notification_id) AND NOT (${superseded})
   AND ($2 OR d.fallback IS NULL OR NOT EXISTS (
         SELECT FROM delivery e WHERE e.delivery_id = ANY($3::uuid[]) AND e.notification_id = d.notification_id
                                  AND e.recipient = d.recipient AND e.state = 'delivered'))
RETURNING d.delivery_id AS "deliveryId", d.lane, d.channel, d.priority AS priority`;

/**
 * Reopens those of the given deliveries that may be; answers with them by id.
 * @param alongside writes what belongs to it in the same transaction, where something was reopened
 */
export function reopen(
  pool: Pool,
  deliveryIds: readonly string[],
  force: boolean,
  alongside?: (client: ClientBase, reopened: number) => Promise<void>,
): Promise<Map<string, Reopened>> {
  return retryOnSerializationFailure(() =>
    inTransaction(pool, async (client) => {
      const fallen = await client.query<{ notificationId: string; recipient: string }>(
        'SELECT notification_id AS "notificationId", recipient FROM delivery WHERE delivery_id = ANY($1::uuid[]) AND fallback IS NOT NULL',
        [deliveryIds],
      );
      const byEmail = fallen.rows.map(({ notificationId, recipient }) =>
        deliveryIdOf(notificationId, recipient, 'email'),
      );
      const { rows } = await client.query<Reopened & { deliveryId: string }>(statement, [deliveryIds, force, byEmail]);
      if (rows.length > 0) await alongside?.(client, rows.length);
      return new Map(rows.map(({ deliveryId, ...reopened }) => [deliveryId, reopened]));
    }),
  );
}
