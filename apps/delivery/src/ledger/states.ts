// The states of a delivery and the moves between them: the one table that code, database constraint and docs share.

export const transitions = {
  /** Waits for an instant: quiet hours, or parked after it held its channel too long. */
  waiting: ['ready', 'expired', 'cancelled'],
  /** Stands in its channel's queue. */
  ready: ['sending', 'waiting', 'expired', 'cancelled', 'failed'],
  /** Claimed by the lane's owner; a request may be on its way. */
  sending: ['delivered', 'failed', 'ready', 'waiting', 'unknown', 'expired'],
  /** An attempt ended without an answer; keeps its place in the queue until that is settled. */
  unknown: ['sending', 'ready', 'delivered', 'failed', 'expired', 'cancelled'],
  delivered: [],
  failed: [],
  expired: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type DeliveryState = keyof typeof transitions;

export const deliveryStates = Object.keys(transitions) as DeliveryState[];

export const isTerminal = (state: DeliveryState): boolean => transitions[state].length === 0;

export const terminalStates = deliveryStates.filter(isTerminal);
