// From the result of an attempt to the delivery's next state, purely: the one place that decides about retry,
// ambiguity and failure. Guarantees: a delivery that was surely not sent is tried again until it expires; one that may
// have been sent is sent again at most once, flagged; an update or a deletion, which may be repeated, is never
// ambiguous; every terminal state has an outcome.
import { deliveryIdOf } from '@carillon/domain/ids';
import { outcomeRecord } from '../ledger/outcomes.ts';
import { isRepeatable, type ClaimedDelivery } from '../model/claimed-delivery.ts';
import type { AttemptReport, DeliveryResult, Fallback, MessageSlotChange } from '../model/delivery-result.ts';
import type { MessageRef } from '../model/message-ref.ts';
import type { PlaceOf } from '../model/queue-place.ts';
import type { ReconcileResult, SendResult } from '../model/send-result.ts';

export interface RetryPolicy {
  /** How long an attempt without an answer rests before it is reconciled. */
  reconcileWaitMs: number;
  backoffBaseMs: number;
  backoffMostMs: number;
  /** The queue of a fallback. */
  placeOf: PlaceOf;
}

/** How long an attempt without an answer may keep its channel waiting for somebody who could tell. */
const patienceMs = 60_000;

/** Attempts of one delivery that may have posted; after the last of them nothing is sent again. */
const ambiguousAttemptsAllowed = 2;

const foundLater = 'No answer came. The message was found where it was to be shown.';

type Written = Exclude<SendResult, { kind: 'not_written' }>;

export function resolveResult(
  delivery: ClaimedDelivery,
  end: Written,
  startedAt: Date,
  policy: RetryPolicy,
  random = Math.random,
): DeliveryResult {
  const result = base(delivery);
  result.report = report(delivery, end, startedAt);
  switch (end.kind) {
    case 'delivered':
      return delivered(result, end.outsideThread ? { ...delivery, threadParent: null } : delivery, {
        ...(end.ref && { ref: end.ref }),
        ...(end.outsideThread && { outsideThread: true }),
      });
    case 'refused':
      return failed(result, delivery, end.error, policy);
    case 'retry': {
      const slots = end.missing ? withoutTarget(delivery, end.missing) : [];
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
export function resolveUnknown(delivery: ClaimedDelivery, found: ReconcileResult, policy: RetryPolicy): DeliveryResult {
  const result = base(delivery);
  // That the message stands says nothing about whether it was to be deleted: it is deleted again.
  if (delivery.op === 'delete') return { ...result, state: 'ready', ambiguous: delivery.ambiguous - 1 };
  if (found.kind === 'later' && delivery.heldForMs < patienceMs) {
    // The channel could tell, but not now; it is asked again, though not at the cost of everybody behind it.
    return { ...result, state: 'unknown', afterMs: found.afterMs ?? policy.reconcileWaitMs };
  }
  if (found.kind === 'found') {
    result.report = { n: delivery.attempt, result: 'found', advice: foundLater, at: new Date() };
    return delivered(result, delivery, { ...(found.ref && { ref: found.ref }), known: true });
  }
  if (found.kind === 'absent' || isRepeatable(delivery))
    return { ...result, state: 'ready', ambiguous: delivery.ambiguous - 1 };
  if (delivery.ambiguity === 'resend' && delivery.ambiguous < ambiguousAttemptsAllowed)
    return { ...result, state: 'ready' };
  return failed(result, delivery, 'ambiguous', policy);
}

function base({ deliveryId, notificationId, attemptId, ambiguous }: ClaimedDelivery): DeliveryResult {
  return { deliveryId, notificationId, attemptId, state: 'ready', terminal: false, afterMs: 0, ambiguous };
}

interface Delivered {
  ref?: MessageRef;
  /** The last ambiguous attempt was found, so it is no duplicate. */
  known?: boolean;
  /** Its thread begins anew with it. */
  outsideThread?: boolean;
}

function delivered(
  result: DeliveryResult,
  delivery: ClaimedDelivery,
  { ref, known, outsideThread }: Delivered,
): DeliveryResult {
  if (delivery.op === 'delete') {
    // Whatever was posted is deleted, so nothing is ambiguous any more.
    return {
      ...ended(result, delivery, { outcome: 'cancelled', reason: 'retracted', ambiguous: 0 }),
      slots: deleted(delivery),
    };
  }
  const ambiguous = known ? delivery.ambiguous - 1 : delivery.ambiguous;
  const slots = ref ? posted(delivery, ref, outsideThread ? 'any' : 'empty') : [];
  return {
    ...ended(result, delivery, { outcome: 'delivered', ambiguous, ...(ref && { ref }) }),
    ...(ref && { ref, deletable: delivery.op === 'post' && delivery.rolledUp === null }),
    ...(slots.length > 0 && { slots }),
  };
}

function failed(
  result: DeliveryResult,
  delivery: ClaimedDelivery,
  reason: string,
  { placeOf }: RetryPolicy,
): DeliveryResult {
  // A deletion that the channel refuses leaves the message where it is, and says so.
  const ambiguous = delivery.op === 'delete' ? 1 : delivery.ambiguous;
  const fallback = delivery.op !== 'delete' && ambiguous === 0 ? fallbackOf(delivery, placeOf) : null;
  return { ...ended(result, delivery, { outcome: 'failed', reason, ambiguous }), ...(fallback && { fallback }) };
}

/** Null: its decision offers none. */
export function fallbackOf(
  delivery: Pick<ClaimedDelivery, 'deliveryId' | 'notificationId' | 'recipient' | 'tenantId' | 'fallback'>,
  placeOf: PlaceOf,
): Fallback | null {
  const { deliveryId, notificationId, recipient, tenantId, fallback } = delivery;
  if (!fallback) return null;
  const id = deliveryIdOf(notificationId, recipient, fallback.kind);
  return { fromId: deliveryId, id, destination: fallback, ...placeOf(tenantId, fallback) };
}

interface End {
  outcome: 'delivered' | 'failed' | 'cancelled';
  ambiguous: number;
  reason?: string;
  ref?: MessageRef;
}

function ended(result: DeliveryResult, delivery: ClaimedDelivery, end: End): DeliveryResult {
  const { outcome, reason, ref, ambiguous } = end;
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
            ...(ref && { ref }),
          }),
        }),
  };
}

function posted(
  { collapseSlot, threadSlot, threadParent }: ClaimedDelivery,
  ref: MessageRef,
  beginsThreadIf: MessageSlotChange['if'],
): MessageSlotChange[] {
  const changes: MessageSlotChange[] = [];
  if (collapseSlot !== null) changes.push({ slotId: collapseSlot, ref, if: 'any' });
  if (threadSlot !== null && threadParent === null) changes.push({ slotId: threadSlot, ref, if: beginsThreadIf });
  return changes;
}

const deleted = ({ collapseSlot, threadSlot }: ClaimedDelivery): MessageSlotChange[] =>
  [collapseSlot, threadSlot].flatMap((slotId) => (slotId === null ? [] : [{ slotId, ref: null, if: 'own' as const }]));

/** The message to change or to answer does not exist any more: the next attempt posts anew. */
function withoutTarget(
  { collapseSlot, threadSlot }: ClaimedDelivery,
  missing: 'shownMessage' | 'threadParent',
): MessageSlotChange[] {
  const slotId = missing === 'shownMessage' ? collapseSlot : threadSlot;
  return slotId === null ? [] : [{ slotId, ref: null, if: 'any' }];
}

function report(delivery: ClaimedDelivery, end: Written, at: Date): AttemptReport {
  const changed = end.kind === 'delivered' && end.changed ? 'updated' : 'delivered';
  const delivered = delivery.op === 'delete' ? 'deleted' : changed;
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
function backoff(attempt: number, policy: RetryPolicy, random: () => number): number {
  const middle = Math.min(policy.backoffMostMs, policy.backoffBaseMs * 2 ** Math.min(attempt - 1, 20));
  return middle * (0.75 + 0.5 * random());
}
