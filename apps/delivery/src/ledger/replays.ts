// Sends again what had ended: the same delivery, its attempts kept, marked as a replay and paced like everything else.
// What was delivered, or sent by e-mail in its place, is refused unless forced; what was retracted stays retracted,
// and what a newer version has replaced stays replaced. What may have been posted before stays flagged. What retention
// forgets at the same moment is not sent again: both lock the notification.
import type { ClientBase, Pool } from 'pg';
import { deliveryIdOf } from '@carillon/domain/ids';
import { defineStatement, inTransaction } from '@carillon/persistence';
import type { Arrival } from '../model/queued-delivery.ts';
import { superseded } from './claims.ts';
import { retryOnSerializationFailure } from './retry-on-serialization-failure.ts';

/** A delivery that stands in its queue again. */
export type Reopened = Arrival;

/** How long a replay may be sent. */
const expiry = '7 days';

const selectDeliveries = defineStatement({
  parameters: { deliveryIds: 'uuid[]' },
  text: (p) => `
SELECT notification_id AS "notificationId", recipient, fallback IS NOT NULL AS "hasFallback" FROM delivery
 WHERE delivery_id = ANY(${p.deliveryIds}) AND settled`,
});

const lockNotifications = defineStatement({
  parameters: { ids: 'uuid[]' },
  text: (p) => `
SELECT notification_id AS id FROM notification WHERE notification_id = ANY(${p.ids}) ORDER BY notification_id FOR KEY SHARE`,
});

/**
 * Keeps retention from forgetting these notifications until the transaction ends; answers with those that are there. A
 * delivery never comes back without its notification.
 */
export async function keepNotifications(
  client: ClientBase,
  ids: Iterable<string>,
  { skipLocked = false } = {},
): Promise<string[]> {
  const { text, values } = lockNotifications({ ids: [...new Set(ids)] });
  const { rows } = await client.query<{ id: string }>(skipLocked ? `${text} SKIP LOCKED` : text, values);
  return rows.map(({ id }) => id);
}

const reopenDeliveries = defineStatement({
  parameters: { deliveryIds: 'uuid[]', notificationIds: 'uuid[]', byEmail: 'uuid[]', force: 'boolean' },
  text: (p) => `
UPDATE delivery AS d
   SET state = 'ready', settled = false, settled_at = NULL, op = 'post', replay = d.replay + 1, ready_at = now(), reason = NULL,
       held_since = NULL, ambiguous = d.ambiguous + CASE WHEN d.state = 'delivered' THEN 1 ELSE 0 END,
       expires_at = now() + interval '${expiry}', expiry_asked = false, attempt_id = NULL, digest_id = NULL
 WHERE d.delivery_id = ANY(${p.deliveryIds}) AND d.notification_id = ANY(${p.notificationIds})
   AND d.settled AND d.op <> 'digest' AND (${p.force} OR d.state <> 'delivered')
   AND NOT EXISTS (SELECT FROM retraction r WHERE r.notification_id = d.notification_id) AND NOT (${superseded})
   AND (${p.force} OR d.fallback IS NULL OR NOT EXISTS (
         SELECT FROM delivery e WHERE e.delivery_id = ANY(${p.byEmail}) AND e.notification_id = d.notification_id
                                  AND e.recipient = d.recipient AND e.state = 'delivered'))
RETURNING d.delivery_id AS "deliveryId", d.lane, d.channel, d.priority AS priority`,
});

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
      const { rows: found } = await client.query<{ notificationId: string; recipient: string; hasFallback: boolean }>(
        selectDeliveries({ deliveryIds }),
      );
      const notificationIds = await keepNotifications(
        client,
        found.map(({ notificationId }) => notificationId),
      );
      const byEmail = found
        .filter(({ hasFallback }) => hasFallback)
        .map(({ notificationId, recipient }) => deliveryIdOf(notificationId, recipient, 'email'));
      const { rows } = await client.query<Reopened & { deliveryId: string }>(
        reopenDeliveries({ deliveryIds, notificationIds, byEmail, force }),
      );
      if (rows.length > 0) await alongside?.(client, rows.length);
      return new Map(rows.map(({ deliveryId, ...reopened }) => [deliveryId, reopened]));
    }),
  );
}
