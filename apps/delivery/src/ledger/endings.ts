// Ends deliveries without an attempt: expired, cancelled, superseded, retracted. One statement moves the rows and tells
// which; their outcomes go into the outbox of the same transaction. A digest takes its members with it; a Slack delivery
// that an admin's act ended falls back to e-mail where its decision offers that.
import type { ClientBase, Pool } from 'pg';
import { addToOutbox, inTransaction } from '@carillon/persistence';
import type { Claimed } from './claims.ts';
import { endMembers } from './digests.ts';
import { insertFallbacks } from './fallbacks.ts';
import { outcomeRecord, type Told } from './outcomes.ts';
import type { DeliveryState } from './states.ts';

export type EndState = Extract<DeliveryState, 'expired' | 'cancelled'>;

export interface Ending {
  state: EndState;
  /** A stable code; absent: the state says it. */
  reason?: string;
  /** Over `delivery_live AS d`. */
  condition: string;
  values: unknown[];
}

type Ended = Told & Pick<Claimed, 'ambiguous' | 'op' | 'fallback'>;

const rowsAtOnce = 1_000;

/** At most 1,000 at a time; answers with the ids of those that ended. */
export const endDeliveries = (pool: Pool, ending: Ending): Promise<string[]> => inTransaction(pool, (client) => endWithin(client, ending));

export async function endWithin(client: ClientBase, { state, reason = state, condition, values }: Ending): Promise<string[]> {
  const { rows } = await client.query<Ended>(
    `WITH d AS (
       UPDATE delivery AS d SET state = '${state}', settled = true, settled_at = clock_timestamp(), reason = '${reason}'
        WHERE NOT d.settled AND d.delivery_id IN (SELECT delivery_id FROM delivery_live AS d WHERE ${condition} LIMIT ${rowsAtOnce} FOR UPDATE SKIP LOCKED)
       RETURNING d.*)
     SELECT d.delivery_id AS "deliveryId", d.notification_id AS "notificationId", d.recipient, d.destination, d.attempts AS attempt,
            d.ambiguous, d.op, d.fallback, d.replay, n.tenant_id AS "tenantId", n.source, n.external_id AS "externalId", n.traceparent
       FROM d JOIN notification n USING (notification_id)`,
    values,
  );
  const single = rows.filter((row) => row.op !== 'digest');
  await addToOutbox(client, single.map((row) => outcomeRecord(row, state, { reason, ambiguous: row.ambiguous })));
  for (const row of rows) if (row.op === 'digest') await endMembers(client, row.notificationId, { outcome: state, reason });
  if (reason === 'installation_disconnected') await insertFallbacks(client, rows);
  return rows.map((row) => row.deliveryId);
}
