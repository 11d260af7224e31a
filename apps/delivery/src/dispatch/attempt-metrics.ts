// What operators watch of delivery, by the names that alerts use.
import { counter, histogram } from '@carillon/telemetry';
import type { SendResult } from '../model/send-result.ts';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';

const seconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface DeliveryMetrics {
  attempt(delivery: ClaimedDelivery, end: SendResult, tookMs: number | undefined): void;
  reconciled(result: string, state: string): void;
  /** A result whose delivery had moved on without the attempt. */
  unmatched(state: string): void;
  /** A statement that claimed, or one that recorded results. */
  claimed(tookMs: number): void;
  recorded(tookMs: number): void;
}

export function deliveryMetrics(): DeliveryMetrics {
  const attempts = counter('carillon_delivery_attempts_total', 'Attempts by channel, end and error', [
    'channel',
    'end',
    'error',
  ]);
  const durations = histogram('carillon_delivery_attempt_seconds', 'From the write of a request to its end', seconds, [
    'channel',
  ]);
  const ambiguous = counter('carillon_delivery_ambiguous_total', 'Attempts that may or may not have been sent', [
    'channel',
  ]);
  const slowDowns = counter('carillon_delivery_slow_downs_total', 'Requests that the other side asked to slow down', [
    'channel',
  ]);
  const reconciled = counter(
    'carillon_delivery_reconciled_total',
    'Attempts without an answer, by the result of asking the channel and the state after it',
    ['result', 'state'],
  );
  const unmatched = counter(
    'carillon_delivery_unmatched_results_total',
    'Results of attempts that the ledger did not wait for any more, by the state that they would have led to',
    ['state'],
  );
  const statements = histogram(
    'carillon_delivery_statement_seconds',
    'Statements that claim deliveries or record results, by what they do',
    seconds,
    ['statement'],
  );
  return {
    claimed(tookMs) {
      statements.observe({ statement: 'claim' }, tookMs / 1000);
    },
    recorded(tookMs) {
      statements.observe({ statement: 'result' }, tookMs / 1000);
    },
    attempt({ destination: { kind } }, end, tookMs) {
      attempts.inc({ channel: kind, end: end.kind, error: 'error' in end ? end.error : '' });
      if (tookMs !== undefined) durations.observe({ channel: kind }, tookMs / 1000);
      if (end.kind === 'unknown') ambiguous.inc({ channel: kind });
      if (end.kind === 'retry' && end.limited !== undefined) slowDowns.inc({ channel: kind });
    },
    unmatched(state) {
      unmatched.inc({ state });
    },
    reconciled(result, state) {
      reconciled.inc({ result, state });
    },
  };
}
