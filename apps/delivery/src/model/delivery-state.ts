// The states of a delivery and the moves between them: the one table that code, database constraint and docs share.

export const transitions = {
  /** Waits for an instant: quiet hours, its digest, or parked after it held its channel too long. */
  waiting: ['ready', 'bundled', 'delivered', 'expired', 'cancelled'],
  /** Stands in its channel's queue. */
  ready: ['sending', 'waiting', 'delivered', 'expired', 'cancelled', 'failed'],
  /** Claimed by the lane's owner; a request may be on its way. */
  sending: ['delivered', 'failed', 'ready', 'waiting', 'unknown', 'expired', 'cancelled'],
  /** An attempt ended without an answer; keeps its place in the queue until that is settled. */
  unknown: ['sending', 'ready', 'waiting', 'delivered', 'failed', 'expired', 'cancelled'],
  /** Part of a digest whose text is fixed; ends as the digest ends. */
  bundled: ['delivered', 'failed', 'expired', 'cancelled'],
  /** Back to `ready`: to be taken back at Slack (a retraction), or replayed by force. */
  delivered: ['ready'],
  /** Back to `ready`: replayed. */
  failed: ['ready'],
  expired: ['ready'],
  cancelled: ['ready'],
} as const satisfies Record<string, readonly string[]>;

export type DeliveryState = keyof typeof transitions;

export const deliveryStates = Object.keys(transitions) as DeliveryState[];

/** An outcome was published; only an explicit act (replay, retraction) leads out of it. */
export const terminalStates = [
  'delivered',
  'failed',
  'expired',
  'cancelled',
] as const satisfies readonly DeliveryState[];

export const isTerminal = (state: DeliveryState): boolean =>
  (terminalStates as readonly DeliveryState[]).includes(state);

export const liveStates = deliveryStates.filter((state) => !isTerminal(state));
