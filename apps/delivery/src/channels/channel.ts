// What carries a delivery. The ledger and the lanes know this contract and no channel's details.
import type { Claimed } from '../ledger/claims.ts';

/** Facts of one try, for the attempt's record. */
export interface AttemptFacts {
  status?: number;
  requestId?: string;
  latencyMs?: number;
}

/** A stable code, and the sentence that a person reads. */
export interface Remark {
  error: string;
  advice: string;
}

/** How a try ended. `delayMs` is a wish of the other side; absent, the policy's backoff applies. */
export type AttemptEnd =
  /**
   * `alone`: the message that it answers is gone, and it stands in the conversation instead. `remark`: what did not
   * work all the same.
   */
  | {
      kind: 'delivered';
      facts: AttemptFacts;
      slack?: { teamId: string; channel: string; ts: string };
      alone?: boolean;
      remark?: Remark;
    }
  /**
   * Nothing was written, and nothing is wrong with the delivery. `holdMs` keeps the installation's deliveries back,
   * `waitMs` this one.
   */
  | { kind: 'not_written'; why: string; holdMs?: number; waitMs?: number }
  /** Surely not sent, or harmless when repeated; may work later. */
  | {
      kind: 'retry';
      error: string;
      advice: string;
      facts: AttemptFacts;
      delayMs?: number;
      /** The other side asks that this method (`chat.postMessage`, …) pause in the whole lane. */
      limited?: string;
      /** The message to change, or the one to answer, is not there any more. */
      gone?: 'current' | 'parent';
    }
  | { kind: 'refused'; error: string; advice: string; facts: AttemptFacts }
  /** Nobody knows whether it was sent. */
  | { kind: 'unknown'; error: string; advice: string; facts: AttemptFacts };

/** What became of an attempt without an answer. */
export type Finding =
  | { kind: 'found'; slack?: { teamId: string; channel: string; ts: string } }
  | { kind: 'absent' }
  | { kind: 'cannot_know' }
  /** It can be known, but not now. `limited`: the other side asks that this method pause in the whole lane. */
  | { kind: 'later'; afterMs?: number; limited?: string };

/** What the lane lets a try do. */
export interface Permission {
  /**
   * Asked right before a request that tells somebody something leaves; when it returns false nothing may be written and
   * the end is `not_written`.
   */
  readonly toWrite: () => boolean;
  /** Asked before any other call: ms to wait until the lane may make it; 0 = now, and it is counted. */
  readonly toCall: (method: string) => number;
  /** Aborted when the process is to end: what prepares a request is given up. */
  readonly signal: AbortSignal;
}

export interface Channel {
  /** Tries once. Never throws. */
  deliver(delivery: Claimed, permission: Permission): Promise<AttemptEnd>;
  /** Finds out whether an attempt without an answer reached the person, where the channel can tell. Never throws. */
  reconcile(delivery: Claimed, permission: Pick<Permission, 'toCall'>): Promise<Finding>;
}
