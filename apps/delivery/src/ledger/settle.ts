// From the end of an attempt to the delivery's next state, purely: the one place that decides about retry, ambiguity and
// failure. Promises: what was surely not sent is tried again until it expires; what may have been sent is sent again at
// most once, flagged; every terminal state has an outcome.
import { notificationOutcome, type NotificationOutcome, type Outcome } from '@carillon/domain';
import { uuidv5 } from '@carillon/domain/ids';
import { encode, type RawRecord } from '@carillon/messaging';
import type { AttemptEnd, Finding } from '../channels/channel.ts';
import type { Claimed } from './claims.ts';
import type { AttemptReport, Result } from './results.ts';

export interface SettlePolicy {
  /** How long an attempt without an answer rests before anybody asks what became of it. */
  reconcileWaitMs: number;
  backoffBaseMs: number;
  backoffMostMs: number;
}

/** Attempts of one delivery that may have posted; after the last of them nothing is sent again. */
const ambiguousAttemptsAllowed = 2;

type Written = Exclude<AttemptEnd, { kind: 'not_written' }>;

export function settle(delivery: Claimed, end: Written, startedAt: Date, policy: SettlePolicy, random = Math.random): Result {
  const result = base(delivery);
  result.report = report(delivery, end, startedAt);
  switch (end.kind) {
    case 'delivered':
      return ended(result, delivery, 'delivered', { ...(end.slack && { slack: end.slack }) });
    case 'refused':
      return ended(result, delivery, 'failed', { reason: end.error });
    case 'retry':
      return { ...result, state: 'ready', reason: end.error, afterMs: end.delayMs ?? backoff(delivery.attempt, policy, random) };
    case 'unknown':
      return { ...result, state: 'unknown', reason: end.error, ambiguous: delivery.ambiguous + 1, afterMs: policy.reconcileWaitMs };
  }
}

/** The same for an attempt without an answer, once it has rested and the channel was asked. */
export function settleUnknown(delivery: Claimed, finding: Finding, policy: SettlePolicy): Result {
  const result = base(delivery);
  if (finding.kind === 'later') {
    // The channel could tell, but not now; it is asked again for as long as the message may matter.
    return { ...result, state: 'unknown', afterMs: finding.afterMs ?? policy.reconcileWaitMs };
  }
  if (finding.kind === 'found') return ended(result, delivery, 'delivered', { ...(finding.slack && { slack: finding.slack }), known: true });
  if (finding.kind === 'absent') return { ...result, state: 'ready', ambiguous: delivery.ambiguous - 1 };
  if (delivery.ambiguity === 'resend' && delivery.ambiguous < ambiguousAttemptsAllowed) return { ...result, state: 'ready' };
  return ended(result, delivery, 'failed', { reason: 'ambiguous' });
}

function base(delivery: Claimed): Result {
  return {
    deliveryId: delivery.deliveryId,
    attemptId: delivery.attemptId,
    state: 'ready',
    terminal: false,
    afterMs: 0,
    ambiguous: delivery.ambiguous,
  };
}

interface Ending {
  reason?: string;
  slack?: NotificationOutcome['slack'];
  /** The last ambiguous attempt was found, so it is no duplicate. */
  known?: boolean;
}

function ended(result: Result, delivery: Claimed, outcome: 'delivered' | 'failed', { reason, slack, known }: Ending): Result {
  const ambiguous = known ? delivery.ambiguous - 1 : delivery.ambiguous;
  return {
    ...result,
    state: outcome,
    terminal: true,
    ambiguous,
    ...(reason !== undefined && { reason }),
    ...(slack && { slack }),
    outcome: outcomeRecord(delivery, outcome, { ...(reason !== undefined && { reason }), ...(slack && { slack }), ambiguous }),
  };
}

/** What an outcome needs to know about a delivery. */
export type Told = Pick<
  Claimed,
  'deliveryId' | 'notificationId' | 'recipient' | 'destination' | 'tenantId' | 'source' | 'externalId' | 'attempt' | 'traceparent'
>;

export function outcomeRecord(
  delivery: Told,
  outcome: Outcome,
  details: { reason?: string; slack?: NotificationOutcome['slack']; ambiguous: number },
): RawRecord {
  const { destination, traceparent } = delivery;
  return encode(
    notificationOutcome,
    {
      id: uuidv5(delivery.deliveryId, outcome),
      source: '/carillon/delivery',
      ...(traceparent && { traceparent }),
      data: {
        tenantId: delivery.tenantId,
        notification: { source: delivery.source, id: delivery.externalId, notificationId: delivery.notificationId },
        deliveryId: delivery.deliveryId,
        recipient: delivery.recipient,
        destination: destination.kind === 'slack' ? destination.surface : 'email',
        outcome,
        ...(details.reason !== undefined && { reason: details.reason }),
        attempts: delivery.attempt,
        possibleDuplicate: outcome === 'delivered' && details.ambiguous > 0,
        possiblyDelivered: outcome !== 'delivered' && details.ambiguous > 0,
        ...(details.slack && { slack: details.slack }),
        at: new Date().toISOString(),
      },
    },
    { validate: false },
  );
}

function report(delivery: Claimed, end: Written, at: Date): AttemptReport {
  const result = ({ delivered: 'delivered', refused: 'failed', retry: 'not_sent', unknown: 'unknown' } as const)[end.kind];
  return {
    n: delivery.attempt,
    result,
    at,
    ...end.facts,
    ...(end.kind !== 'delivered' && { error: end.error, advice: end.advice }),
  };
}

/** Exponential with full-width jitter around the middle, so that retries of many do not meet again. */
function backoff(attempt: number, policy: SettlePolicy, random: () => number): number {
  const middle = Math.min(policy.backoffMostMs, policy.backoffBaseMs * 2 ** Math.min(attempt - 1, 20));
  return middle * (0.75 + 0.5 * random());
}
