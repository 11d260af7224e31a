// A delivery that waits in a lane's queue, as far as its order and its pace depend on it.
import type { Operation } from './operation.ts';

/** 0 urgent, 1 normal, 2 low. */
export type Priority = 0 | 1 | 2;
export const queuePriorities: readonly Priority[] = [0, 1, 2];

/** Instants in ms on the monotonic clock. */
export interface QueuedDelivery {
  deliveryId: string;
  channel: string;
  priority: Priority;
  /** Order of arrival. */
  seq: number;
  readyAt: number;
  installationId: string | null;
  /** An attempt ended without an answer: whether it was sent is found out before anything else. */
  unknown: boolean;
  /** As far as the ledger could tell when it was read. */
  operation: Operation;
}

/** How a delivery returns to its queue. */
export interface Requeue {
  readyAt: number;
  unknown: boolean;
  operation?: Operation;
}

/** A delivery that has just come into the ledger. */
export interface Arrival {
  lane: string;
  channel: string;
  priority: Priority;
  /** All that the lane needs to know of it, where that is known already: it need not be read. */
  queued?: QueuedDelivery;
}

/** Whether it notifies somebody of something new; the others are paced by their method alone. */
export const posts = (queued: QueuedDelivery): boolean => !queued.unknown && queued.operation === 'create';
