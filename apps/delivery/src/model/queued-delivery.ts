// A delivery that stands in a lane's queue, as far as its turn depends on it.

/** 0 urgent, 1 normal, 2 low. */
export type Rank = 0 | 1 | 2;
export const ranks: readonly Rank[] = [0, 1, 2];

/** What a candidate will call; e-mails are posts too. */
export type MainMethod = 'chat.postMessage' | 'chat.update' | 'chat.delete';

/** A delivery that waits for its turn; instants in ms on the monotonic clock. */
export interface Candidate {
  deliveryId: string;
  channel: string;
  rank: Rank;
  /** Order of arrival. */
  seq: number;
  readyAt: number;
  installationId: string | null;
  /** An attempt ended without an answer: find out what happened before anything else. */
  unknown: boolean;
  /** As far as the ledger could tell when it was read. */
  method: MainMethod;
}

/** A candidate's return to its queue. */
export interface Return {
  readyAt: number;
  unknown: boolean;
  method?: MainMethod;
}

/** A delivery that has just come into the ledger. */
export interface Arrival {
  lane: string;
  channel: string;
  rank: Rank;
  /** All that the lane needs to know of it, where that is known already: it need not be read. */
  candidate?: Candidate;
}

/**
 * Whether it tells somebody something new; changing or finding out what was told before is paced by its method alone.
 */
export const posts = (candidate: Candidate): boolean => !candidate.unknown && candidate.method === 'chat.postMessage';
