// Ends deliveries without an attempt: expired, cancelled, superseded, retracted. One statement moves the rows and tells
// which; their outcomes go into the outbox of the same transaction. A digest takes its members with it; a Slack
// delivery that an admin's act ended falls back to e-mail where its decision offers that.
import type { ClientBase, Pool } from 'pg';
import { addToOutbox, inTransaction } from '@carillon/persistence';
import type { Claimed } from './claims.ts';
import { endMembers } from './digests.ts';
import { insertFallbacks } from './fallbacks.ts';
import { againIfMoved } from './retry-on-serialization-failure.ts';
import { outcomeRecord, type Told } from './outcomes.ts';
import type { DeliveryState } from '../model/delivery-state.ts';

export type EndState = Extract<DeliveryState, 'expired' | 'cancelled'>;

export interface Ending {
  state: EndState;
  /** A stable code; absent: the state says it. */
  reason?: string;
  /** Over `delivery_live AS d`. */
  condition: string;
  values: unknown[];
}

/** `was`: the state before. */
type Ended = Told & Pick<Claimed, 'ambiguous' | 'op' | 'fallback'> & { was: DeliveryState };

const rowsAtOnce = 1_000;

/**
 * At most 1,000 at a time; answers with the ids of those that ended. `alongside`: what is written with it, where
 * something ended.
 */
export const endDeliveries = (
  pool: Pool,
  ending: Ending,
  alongside?: (client: ClientBase) => Promise<void>,
): Promise<string[]> =>
  againIfMoved(() =>
    inTransaction(pool, async (client) => {
      const ended = await endWithin(client, ending);
      if (ended.length > 0) await alongside?.(client);
      return ended;
    }),
  );

/** The same until nothing is left that meets the condition. */
export async function endAll(pool: Pool, ending: Ending): Promise<void> {
  while ((await endDeliveries(pool, ending)).length === rowsAtOnce);
}

export async function endAllWithin(client: ClientBase, ending: Ending): Promise<void> {
  while ((await endWithin(client, ending)).length === rowsAtOnce);
}

export async function endWithin(
  client: ClientBase,
  { state, reason = state, condition, values }: Ending,
): Promise<string[]> {
  const { rows } = await client.query<Ended>(
    `WITH t AS (
       SELECT delivery_id, state FROM delivery_live AS d WHERE ${condition} LIMIT ${rowsAtOnce} FOR UPDATE SKIP LOCKED),
     d AS (
       UPDATE delivery AS d SET state = '${state}', settled = true, settled_at = clock_timestamp(), reason = '${reason}'
         FROM t WHERE NOT d.settled AND d.delivery_id = t.delivery_id
       RETURNING d.*, t.state AS was)
     SELECT d.delivery_id AS "deliveryId", d.notification_id AS "notificationId", d.recipient, d.destination, d.attempts AS attempt,
            d.ambiguous, d.op, d.fallback, d.replay, d.was, n.tenant_id AS "tenantId", n.source, n.external_id AS "externalId", n.traceparent
       FROM d JOIN notification n USING (notification_id)`,
    values,
  );
  const single = rows.filter((row) => row.op !== 'digest');
  // A deletion that never happens leaves the message where it is.
  await addToOutbox(
    client,
    single.map((row) => outcomeRecord(row, state, { reason, ambiguous: row.op === 'delete' ? 1 : row.ambiguous })),
  );
  const fallen =
    reason === 'installation_disconnected'
      ? rows.filter((row) => row.op !== 'delete' && row.ambiguous === 0 && row.fallback !== null)
      : [];
  for (const digest of rows) {
    // With an e-mail in its place a digest goes on, and its members with it.
    if (digest.op === 'digest' && !fallen.includes(digest)) {
      await endMembers(client, digest.notificationId, {
        outcome: state,
        reason,
        ambiguous: digest.ambiguous,
        attempts: digest.attempt,
      });
    }
  }
  await insertFallbacks(
    client,
    fallen,
    new Set(fallen.filter((row) => row.was === 'waiting').map((row) => row.deliveryId)),
  );
  return rows.map((row) => row.deliveryId);
}
