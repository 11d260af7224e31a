// What an attempt changes in the ledger: decided in dispatch/resolve-result.ts, stored by ledger/results.ts.
import type { Destination, Outcome } from '@carillon/domain';
import type { RawRecord } from '@carillon/messaging';
import type { DeliveryState } from './delivery-state.ts';
import type { MessageRef } from './message-ref.ts';
import type { QueuePlace } from './queue-place.ts';

export interface AttemptReport {
  n: number;
  /** `found`: no answer came, and the message was found later. */
  result: 'delivered' | 'updated' | 'deleted' | 'found' | 'not_sent' | 'unknown' | 'failed';
  error?: string;
  advice?: string;
  status?: number;
  requestId?: string;
  latencyMs?: number;
  at: Date;
}

/**
 * What is shown for a collapse group or a thread from now on; null = nothing. `if`: only where nothing was shown, or
 * this delivery was.
 */
export interface MessageSlotChange {
  slotId: string;
  ref: MessageRef | null;
  if: 'empty' | 'own' | 'any';
}

/** A delivery by another channel in place of one that ended. */
export interface Fallback extends QueuePlace {
  /** The delivery that ended. */
  fromId: string;
  id: string;
  destination: Destination;
}

/** How the members of a digest end. */
export interface DigestEnd {
  outcome: Extract<Outcome, 'delivered' | 'failed' | 'expired' | 'cancelled'>;
  reason?: string;
  ref?: MessageRef;
  ambiguous: number;
  attempts: number;
}

export interface DeliveryResult {
  deliveryId: string;
  notificationId: string;
  attemptId: string;
  state: DeliveryState;
  terminal: boolean;
  /** For states that are not terminal: when to try again, in ms from now. */
  afterMs: number;
  /** Attempts of which nobody knows whether they were sent, this one included. */
  ambiguous: number;
  reason?: string;
  ref?: MessageRef;
  /** Could be deleted again, if its producer took it back. */
  deletable?: boolean;
  /** Absent where the attempt itself is already on record. */
  report?: AttemptReport;
  outcome?: RawRecord;
  slots?: MessageSlotChange[];
  fallback?: Fallback;
  /** Of a digest: how its members end. */
  digest?: DigestEnd;
}
