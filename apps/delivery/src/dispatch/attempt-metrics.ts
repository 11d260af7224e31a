// What operators watch of delivery, by the names that alerts use.
import {
  ambiguousAttempts,
  attemptDuration,
  attempts,
  deliveryLatency,
  endedDeliveries,
  possibleDuplicates,
  reconciledAttempts,
  slowDowns,
  statementDuration,
  unmatchedResults,
} from '../metrics.ts';
import type { DeliveryResult } from '../model/delivery-result.ts';
import type { Hold } from '../model/hold.ts';
import { laneKindOf } from '../model/lane-id.ts';
import type { DeliveryState } from '../model/delivery-state.ts';
import type { ReconcileResult, SendResult } from '../model/send-result.ts';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';

export interface DeliveryMetrics {
  attempt(delivery: ClaimedDelivery, end: SendResult, tookMs: number | undefined): void;
  reconciled(result: ReconcileResult['kind'], state: DeliveryState): void;
  /** The other side accepted it, `sinceClaimMs` after it was claimed. */
  accepted(delivery: ClaimedDelivery, heldBy: Hold, sinceClaimMs: number): void;
  /** A result that is in the ledger. */
  stored(lane: string, result: Pick<DeliveryResult, 'state' | 'terminal' | 'ambiguous'>): void;
  /** A result whose delivery had moved on without the attempt. */
  unmatched(state: DeliveryState): void;
  /** A statement that claimed, or one that recorded results. */
  claimed(tookMs: number): void;
  recorded(tookMs: number): void;
}

export function deliveryMetrics(): DeliveryMetrics {
  return {
    claimed(tookMs) {
      statementDuration.observe({ statement: 'claim' }, tookMs / 1000);
    },
    recorded(tookMs) {
      statementDuration.observe({ statement: 'result' }, tookMs / 1000);
    },
    attempt(delivery, end, tookMs) {
      const { kind } = delivery.destination;
      attempts.inc({ channel: kind, end: end.kind, error: 'error' in end ? end.error : '' });
      if (tookMs !== undefined) attemptDuration.observe({ channel: kind }, tookMs / 1000, delivery.traceparent);
      if (end.kind === 'unknown') ambiguousAttempts.inc({ channel: kind });
      if (end.kind === 'retry' && end.limited !== undefined) slowDowns.inc({ channel: kind });
    },
    accepted({ destination, op, requestedForMs, traceparent }, heldBy, sinceClaimMs) {
      if (requestedForMs === null || op !== 'post') return;
      // The clocks of the broker's producers may be ahead.
      const seconds = Math.max(0, requestedForMs + sinceClaimMs) / 1000;
      deliveryLatency.observe({ channel: destination.kind, held_by: heldBy }, seconds, traceparent);
    },
    stored(lane, { state, terminal, ambiguous }) {
      if (!terminal) return;
      const channel = laneKindOf(lane);
      endedDeliveries.inc({ channel, state });
      if (state === 'delivered' && ambiguous > 0) possibleDuplicates.inc({ channel });
    },
    unmatched(state) {
      unmatchedResults.inc({ state });
    },
    reconciled(result, state) {
      reconciledAttempts.inc({ result, state });
    },
  };
}
