// From the end of an attempt to the delivery's next state, purely: the one place that decides about retry, ambiguity
// and failure. Promises: what was surely not sent is tried again until it expires; what may have been sent is sent
// again at most once, flagged; what does no harm when repeated (an update, a deletion) is never in doubt; every
// terminal state has an outcome.
import type { NotificationOutcome } from '@carillon/domain';
import type { AttemptEnd, ReconcileResult } from '../channels/channel.ts';
import type { Claimed } from '../ledger/claims.ts';
import { outcomeRecord } from '../ledger/outcomes.ts';
import type { AttemptReport, Result, SlotChange } from '../ledger/results.ts';

export interface SettlePolicy {
  /** How long an attempt without an answer rests before anybody asks what became of it. */
  reconcileWaitMs: number;
  backoffBaseMs: number;
  backoffMostMs: number;
}

/** How long an attempt without an answer may keep its channel waiting for somebody who could tell. */
const patienceMs = 60_000;

/** Attempts of one delivery that may have posted; after the last of them nothing is sent again. */
const ambiguousAttemptsAllowed = 2;

type Written = Exclude<AttemptEnd, { kind: 'not_written' }>;

export function settle(
  delivery: Claimed,
  end: Written,
  startedAt: Date,
  policy: SettlePolicy,
  random = Math.random,
): Result {
  const result = base(delivery);
  result.report = report(delivery, end, startedAt);
  switch (end.kind) {
    case 'delivered':
      return delivered(result, end.alone ? { ...delivery, parent: null } : delivery, {
        ...(end.slack && { slack: end.slack }),
        ...(end.alone && { alone: true }),
      });
    case 'refused':
      return failed(result, delivery, end.error);
    case 'retry': {
      const slots = end.gone ? withoutTarget(delivery, end.gone) : [];
      const afterMs = end.delayMs ?? (slots.length > 0 ? 0 : backoff(delivery.attempt, policy, random));
      return { ...result, state: 'ready', reason: end.error, afterMs, ...(slots.length > 0 && { slots }) };
    }
    case 'unknown':
      return {
        ...result,
        state: 'unknown',
        reason: end.error,
        ambiguous: delivery.ambiguous + 1,
        afterMs: policy.reconcileWaitMs,
      };
  }
}

/** The same for an attempt without an answer, once it has rested and the channel was asked. */
export function settleUnknown(delivery: Claimed, found: ReconcileResult, policy: SettlePolicy): Result {
  const result = base(delivery);
  // That the message stands says nothing about whether it was to be deleted: it is deleted again.
  if (delivery.op === 'delete') return { ...result, state: 'ready', ambiguous: delivery.ambiguous - 1 };
  if (found.kind === 'later' && delivery.heldForMs < patienceMs) {
    // The channel could tell, but not now; it is asked again, though not at the cost of everybody behind it.
    return { ...result, state: 'unknown', afterMs: found.afterMs ?? policy.reconcileWaitMs };
  }
  if (found.kind === 'found')
    return delivered(result, delivery, { ...(found.slack && { slack: found.slack }), known: true });
  if (found.kind === 'absent' || isRepeatable(delivery))
    return { ...result, state: 'ready', ambiguous: delivery.ambiguous - 1 };
  if (delivery.ambiguity === 'resend' && delivery.ambiguous < ambiguousAttemptsAllowed)
    return { ...result, state: 'ready' };
  return failed(result, delivery, 'ambiguous');
}

/** Done twice it is still done once. */
export const isRepeatable = (delivery: Pick<Claimed, 'op' | 'current'>): boolean =>
  delivery.op === 'delete' || delivery.current !== null;

function base({ deliveryId, notificationId, attemptId, ambiguous }: Claimed): Result {
  return { deliveryId, notificationId, attemptId, state: 'ready', terminal: false, afterMs: 0, ambiguous };
}

interface Delivered {
  slack?: NonNullable<NotificationOutcome['slack']>;
  /** The last ambiguous attempt was found, so it is no duplicate. */
  known?: boolean;
  /** Its thread begins anew with it. */
  alone?: boolean;
}

function delivered(result: Result, delivery: Claimed, { slack, known, alone }: Delivered): Result {
  if (delivery.op === 'delete') {
    // Its own ambiguity is over: whatever was posted is gone.
    return {
      ...ended(result, delivery, { outcome: 'cancelled', reason: 'retracted', ambiguous: 0 }),
      slots: takenBack(delivery),
    };
  }
  const ambiguous = known ? delivery.ambiguous - 1 : delivery.ambiguous;
  const slots = slack ? posted(delivery, slack, alone ? 'any' : 'empty') : [];
  return {
    ...ended(result, delivery, { outcome: 'delivered', ambiguous, ...(slack && { slack }) }),
    ...(slack && { slack, deletable: delivery.op === 'post' }),
    ...(slots.length > 0 && { slots }),
  };
}

function failed(result: Result, delivery: Claimed, reason: string): Result {
  // A deletion that Slack refuses leaves the message where it is, and says so.
  const ambiguous = delivery.op === 'delete' ? 1 : delivery.ambiguous;
  const falls = delivery.fallback !== null && delivery.op !== 'delete' && ambiguous === 0;
  return { ...ended(result, delivery, { outcome: 'failed', reason, ambiguous }), ...(falls && { fallback: delivery }) };
}

interface End {
  outcome: 'delivered' | 'failed' | 'cancelled';
  ambiguous: number;
  reason?: string;
  slack?: NonNullable<NotificationOutcome['slack']>;
}

function ended(result: Result, delivery: Claimed, end: End): Result {
  const { outcome, reason, slack, ambiguous } = end;
  return {
    ...result,
    state: outcome,
    terminal: true,
    ambiguous,
    ...(reason !== undefined && { reason }),
    ...(delivery.op === 'digest'
      ? { digest: { ...end, attempts: delivery.attempt } }
      : {
          outcome: outcomeRecord(delivery, outcome, {
            ambiguous,
            ...(reason !== undefined && { reason }),
            ...(slack && { slack }),
          }),
        }),
  };
}

function posted(
  { collapseSlot, threadSlot, parent }: Claimed,
  { channel, ts }: Posted,
  beginsThreadIf: SlotChange['if'],
): SlotChange[] {
  const changes: SlotChange[] = [];
  if (collapseSlot !== null) changes.push({ slotId: collapseSlot, posted: { channel, ts }, if: 'any' });
  if (threadSlot !== null && parent === null)
    changes.push({ slotId: threadSlot, posted: { channel, ts }, if: beginsThreadIf });
  return changes;
}

type Posted = NonNullable<NotificationOutcome['slack']>;

const takenBack = ({ collapseSlot, threadSlot }: Claimed): SlotChange[] =>
  [collapseSlot, threadSlot].flatMap((slotId) =>
    slotId === null ? [] : [{ slotId, posted: null, if: 'own' as const }],
  );

/** What was to be changed or answered is not there any more: the next try posts anew. */
function withoutTarget({ collapseSlot, threadSlot }: Claimed, gone: 'current' | 'parent'): SlotChange[] {
  const slotId = gone === 'current' ? collapseSlot : threadSlot;
  return slotId === null ? [] : [{ slotId, posted: null, if: 'any' }];
}

function report(delivery: Claimed, end: Written, at: Date): AttemptReport {
  const delivered = delivery.op === 'delete' ? 'deleted' : 'delivered';
  const result = ({ delivered, refused: 'failed', retry: 'not_sent', unknown: 'unknown' } as const)[end.kind];
  return {
    n: delivery.attempt,
    result,
    at,
    ...end.facts,
    ...(end.kind === 'delivered' ? end.remark : { error: end.error, advice: end.advice }),
  };
}

/** Exponential with full-width jitter around the middle, so that retries of many do not meet again. */
function backoff(attempt: number, policy: SettlePolicy, random: () => number): number {
  const middle = Math.min(policy.backoffMostMs, policy.backoffBaseMs * 2 ** Math.min(attempt - 1, 20));
  return middle * (0.75 + 0.5 * random());
}
