// What carries a delivery. The ledger and the lanes know this contract and no channel's details.
import type { Claimed } from '../ledger/claims.ts';

/** Facts of one try, for the attempt's record. */
export interface AttemptFacts {
  status?: number;
  requestId?: string;
  latencyMs?: number;
}

/** How a try ended. `delayMs` is a wish of the other side; absent, the policy's backoff applies. */
export type AttemptEnd =
  | { kind: 'delivered'; facts: AttemptFacts; slack?: { teamId: string; channel: string; ts: string } }
  /** Nothing was written, and nothing is wrong with the delivery; `holdMs` keeps the installation's deliveries back. */
  | { kind: 'not_written'; why: string; holdMs?: number }
  /** Surely not sent, may work later. `slowDown`: the whole lane is asked to pause. */
  | { kind: 'retry'; error: string; advice: string; facts: AttemptFacts; delayMs?: number; slowDown?: boolean }
  | { kind: 'refused'; error: string; advice: string; facts: AttemptFacts }
  /** Nobody knows whether it was sent. */
  | { kind: 'unknown'; error: string; advice: string; facts: AttemptFacts };

/** What became of an attempt without an answer. */
export type Finding =
  | { kind: 'found'; slack?: { teamId: string; channel: string; ts: string } }
  | { kind: 'absent' }
  | { kind: 'cannot_know' }
  /** It can be known, but not now. */
  | { kind: 'later'; afterMs?: number };

export interface Channel {
  /**
   * Tries once. `beforeWrite` is called right before the request leaves; when it returns false nothing may be written and
   * the end is `not_written`. Never throws.
   */
  deliver(delivery: Claimed, beforeWrite: () => boolean): Promise<AttemptEnd>;
  /** Finds out whether an attempt without an answer reached the person, where the channel can tell. Never throws. */
  reconcile(delivery: Claimed): Promise<Finding>;
}
