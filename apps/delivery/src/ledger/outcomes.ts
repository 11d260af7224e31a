// The outcome of a delivery as products receive it. Guarantee: the same state of the same (re)play has the same event
// id, so a repeated publication can be told from a second outcome.
import { destinationKindOf, notificationOutcome, type Outcome } from '@carillon/domain';
import { uuidv5 } from '@carillon/domain/ids';
import { encode, type RawRecord } from '@carillon/messaging';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import type { MessageRef } from '../model/message-ref.ts';

/** What an outcome says about its delivery. */
export type OutcomeSubject = Pick<
  ClaimedDelivery,
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
  /** In the outcome under the name of the channel's kind. */
  ref?: MessageRef;
  /** Attempts of which nobody knows whether they were sent. */
  ambiguous: number;
  digestId?: string;
}

export function outcomeRecord(
  delivery: OutcomeSubject,
  outcome: Outcome,
  { reason, ref, ambiguous, digestId }: OutcomeDetails,
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
        ...(ref && { [destination.kind]: ref }),
        ...(replay > 0 && { replay }),
        ...(digestId !== undefined && { digestId }),
        at: new Date().toISOString(),
      },
    },
    { validate: false },
  );
}
