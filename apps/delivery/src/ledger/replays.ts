// Sends again what had ended: the same delivery, its attempts kept, marked as a replay and paced like everything else.
// What was delivered is refused unless forced; what was taken back stays taken back.
import type { ClientBase } from 'pg';
import type { Arrival } from '../lanes/dispatcher.ts';

/** A delivery that stands in its queue again. */
export type Reopened = Arrival;

/** How long a replay may be told. */
const expiry = '7 days';

/** Reopens those of the given deliveries that may be; answers with them by id. */
export async function reopen(client: ClientBase, deliveryIds: readonly string[], force: boolean): Promise<Map<string, Reopened>> {
  const { rows } = await client.query<Reopened & { deliveryId: string }>(
    `UPDATE delivery AS d
        SET state = 'ready', settled = false, settled_at = NULL, op = 'post', replay = d.replay + 1, ready_at = now(), reason = NULL,
            held_since = NULL, ambiguous = 0, expires_at = now() + interval '${expiry}', expiry_asked = false, attempt_id = NULL, digest_id = NULL
      WHERE d.delivery_id = ANY($1::uuid[]) AND d.settled AND d.op <> 'digest' AND ($2 OR d.state <> 'delivered')
        AND NOT EXISTS (SELECT FROM retraction r WHERE r.notification_id = d.notification_id)
     RETURNING d.delivery_id AS "deliveryId", d.lane, d.channel, d.priority AS rank`,
    [deliveryIds, force],
  );
  return new Map(rows.map(({ deliveryId, ...reopened }) => [deliveryId, reopened]));
}
