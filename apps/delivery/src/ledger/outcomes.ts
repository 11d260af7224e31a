// The outcome of a delivery as products hear it. Promise: the same state of the same (re)play gives the same event id,
// so a repeated publication can be told from a second outcome.
import { destinationKindOf, notificationOutcome, type NotificationOutcome, type Outcome } from '@carillon/domain';
import { uuidv5 } from '@carillon/domain/ids';
import { encode, type RawRecord } from '@carillon/messaging';
import type { Claimed } from './claims.ts';

/** What an outcome needs to know about a delivery. */
export type Told = Pick<
  Claimed,
  | 'deliveryId'
  | 'notificationId'
  | 'recipient'
  | 'destination'
  | 'tenantId'
  | 'source'
  | 'externalId'
  | 'attempt'
  | 'traceparent'
  | 'replay'
>;

export interface OutcomeDetails {
  reason?: string;
  slack?: NotificationOutcome['slack'];
  /** Attempts of which nobody knows whether they posted. */
  ambiguous: number;
  digestId?: string;
}

export function outcomeRecord(
  delivery: Told,
  outcome: Outcome,
  { reason, slack, ambiguous, digestId }: OutcomeDetails,
): RawRecord {
  const { destination, traceparent, replay } = delivery;
  return encode(
    notificationOutcome,
    {
      id: replay > 0 ? uuidv5(delivery.deliveryId, outcome, String(replay)) : uuidv5(delivery.deliveryId, outcome),
      source: '/carillon/delivery',
      ...(traceparent && { traceparent }),
      data: {
        tenantId: delivery.tenantId,
        notification: { source: delivery.source, id: delivery.externalId, notificationId: delivery.notificationId },
        deliveryId: delivery.deliveryId,
        recipient: delivery.recipient,
        destination: destinationKindOf(destination),
        outcome,
        ...(reason !== undefined && { reason }),
        attempts: delivery.attempt,
        possibleDuplicate: outcome === 'delivered' && ambiguous > 0,
        possiblyDelivered: outcome !== 'delivered' && ambiguous > 0,
        ...(slack && { slack }),
        ...(replay > 0 && { replay }),
        ...(digestId !== undefined && { digestId }),
        at: new Date().toISOString(),
      },
    },
    { validate: false },
  );
}
