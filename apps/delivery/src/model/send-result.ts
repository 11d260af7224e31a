// How an attempt ended, as a channel reports it, and what the channel may ask on the way.
import type { MessageRef } from './message-ref.ts';

/** Facts of one attempt, for its record. */
export interface AttemptFacts {
  status?: number;
  requestId?: string;
  latencyMs?: number;
}

/** A stable code, and a sentence for a person. */
export interface Remark {
  error: string;
  advice: string;
}

/** `delayMs`: the delay that the other side asked for; absent, the policy's backoff applies. */
export type SendResult =
  /**
   * `ref`: where the message is shown. `channelId`: what the other side calls the channel that the message went to.
   * `changed`: a message that was shown before was changed. `outsideThread`: the thread's first message is gone, and
   * the message was posted outside of it. `remark`: a part that failed although the delivery succeeded, or what the
   * message lacks.
   */
  | {
      kind: 'delivered';
      facts: AttemptFacts;
      ref?: MessageRef;
      channelId?: string;
      changed?: boolean;
      outsideThread?: boolean;
      remark?: Remark;
    }
  /**
   * Nothing was sent, and the delivery is in order. `holdMs`: how long the deliveries of the installation wait;
   * `waitMs`: how long this one waits.
   */
  | { kind: 'not_written'; why: string; holdMs?: number; waitMs?: number }
  /** It was not sent, or may be repeated without harm; a later attempt may succeed. */
  | {
      kind: 'retry';
      error: string;
      advice: string;
      facts: AttemptFacts;
      delayMs?: number;
      /** The other side asks that this method pause in the whole lane. */
      limited?: string;
      /** The message to change, or the first message of the thread, does not exist any more. */
      missing?: 'shownMessage' | 'threadParent';
    }
  | { kind: 'refused'; error: string; advice: string; facts: AttemptFacts }
  /** It may or may not have been sent. */
  | { kind: 'unknown'; error: string; advice: string; facts: AttemptFacts };

/** Whether an attempt without an answer was sent. */
export type ReconcileResult =
  | { kind: 'found'; ref?: MessageRef }
  | { kind: 'absent' }
  | { kind: 'cannot_know' }
  /** The channel can tell later. `limited`: the other side asks that this method pause in the whole lane. */
  | { kind: 'later'; afterMs?: number; limited?: string };

/** Lets an attempt send while its lane and its lease permit it. */
export interface SendGuard {
  /**
   * Asked immediately before a request that a recipient notices is sent. After false, nothing may be sent, and the
   * result is `not_written`.
   */
  readonly canSend: () => boolean;
  /**
   * Asked before any other call. Returns 0 where the call may be made now, and counts it against the method's limit;
   * otherwise the ms until it may be asked again.
   */
  readonly reserve: (method: string) => number;
  /**
   * The attempt begins a transfer that may take long: it goes on without a slot, so that others send meanwhile.
   */
  readonly releaseSlot: () => void;
  /** Aborted when the process stops: the preparation of a request ends. */
  readonly signal: AbortSignal;
}
