// Ends deliveries without an attempt: expired, cancelled, superseded, retracted. Guarantees: the outcomes are in the
// outbox of the same transaction; rows that somebody else has locked are left for the next call; the members of a
// digest end with it.
import type { ClientBase, Pool } from 'pg';
import { addToOutbox, inTransaction } from '@carillon/persistence';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import { endMembers } from './digests.ts';
import { retryOnSerializationFailure } from './retry-on-serialization-failure.ts';
import { outcomeRecord, type OutcomeSubject } from './outcomes.ts';
import type { DeliveryState } from '../model/delivery-state.ts';

export type TerminationState = Extract<DeliveryState, 'expired' | 'cancelled'>;

export interface Termination {
  state: TerminationState;
  /** A stable code; absent: the state says it. */
  reason?: string;
  /** Over `delivery_live AS d`. */
  condition: string;
  values: unknown[];
  /** A delivery with a fallback is replaced by it: the caller creates it `alongside`. */
  fallsBack?: true;
}

/** A delivery that was ended, with the state before as `was`. */
export type Ended = OutcomeSubject & Pick<ClaimedDelivery, 'ambiguous' | 'op' | 'fallback'> & { was: DeliveryState };

/** How many deliveries end in one transaction at most. */
export const terminatedAtOnce = 500;

/**
 * At most 500 at a time; answers with the ids of those that ended. `alongside`: what is written with it, where
 * something ended.
 */
export const terminateDeliveries = (
  pool: Pool,
  termination: Termination,
  alongside?: (client: ClientBase, ended: readonly Ended[]) => Promise<void>,
): Promise<string[]> =>
  retryOnSerializationFailure(() =>
    inTransaction(pool, async (client) => {
      const ended = await terminateWithin(client, termination);
      if (ended.length > 0) await alongside?.(client, ended);
      return ended.map(({ deliveryId }) => deliveryId);
    }),
  );

/** The same until nothing is left that meets the condition. */
export async function terminateAll(
  pool: Pool,
  termination: Termination,
  alongside?: (client: ClientBase, ended: readonly Ended[]) => Promise<void>,
): Promise<void> {
  while ((await terminateDeliveries(pool, termination, alongside)).length === terminatedAtOnce);
}

export async function terminateAllWithin(client: ClientBase, termination: Termination): Promise<void> {
  while ((await terminateWithin(client, termination)).length === terminatedAtOnce);
}

export async function terminateWithin(
  client: ClientBase,
  { state, reason = state, condition, values, fallsBack }: Termination,
): Promise<Ended[]> {
  const { rows } = await client.query<Ended>(
    `WITH t AS (
       SELECT delivery_id, state FROM delivery_live AS d WHERE ${condition} LIMIT ${terminatedAtOnce} FOR UPDATE SKIP LOCKED),
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
  for (const digest of rows) {
    // A digest that is replaced goes on, and its members with it.
    if (digest.op === 'digest' && !(fallsBack && hasFallback(digest))) {
      await endMembers(client, digest.notificationId, {
        outcome: state,
        reason,
        ambiguous: digest.ambiguous,
        attempts: digest.attempt,
      });
    }
  }
  return rows;
}

/** Whether a delivery that is ended for good is replaced: surely nobody was notified by it. */
export const hasFallback = ({ op, ambiguous, fallback }: Pick<Ended, 'op' | 'ambiguous' | 'fallback'>): boolean =>
  op !== 'delete' && ambiguous === 0 && fallback !== null;
