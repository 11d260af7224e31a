// How messages of one type are counted for one recipient, purely. A window begins with the first message and lasts as
// many minutes as the throttle says; each message has a position in it. Guarantees: a message that has a position keeps
// it, so deciding again decides the same; positions of a window are 1, 2, 3, … without gaps. A new version of a
// collapse group has its group's position: what changes a message that stands is no further message. A group beyond the
// limit is counted anew once its window has ended, because the message that told of it is a thing of the past.
import type { RollUp, Throttle } from '@carillon/domain';

/** Instants are epoch ms. */
export interface BurstWindow {
  startedAt: number;
  endsAt: number;
  counted: number;
}

export interface BurstPosition {
  startedAt: number;
  endsAt: number;
  position: number;
}

export interface BurstClaim {
  tenantId: string;
  type: string;
  recipient: string;
  /** The notification, or its collapse group. */
  countedId: string;
  isGroup: boolean;
  throttle: Throttle;
}

export interface Counted {
  position: BurstPosition;
  window: BurstWindow;
}

/** @param known the position that it has; undefined: none */
export function count(
  window: BurstWindow | undefined,
  known: BurstPosition | undefined,
  { isGroup, throttle }: Pick<BurstClaim, 'isGroup' | 'throttle'>,
  at: number,
): Counted | { position: BurstPosition } {
  if (known && !(isGroup && known.position > throttle.limit && known.endsAt <= at)) return { position: known };
  const current = window && at < window.endsAt ? window : undefined;
  const { startedAt, endsAt, counted } = current ?? {
    startedAt: at,
    endsAt: at + throttle.minutes * 60_000,
    counted: 0,
  };
  const position = counted + 1;
  return { position: { startedAt, endsAt, position }, window: { startedAt, endsAt, counted: position } };
}

/** Undefined: it is sent as it is. */
export function rollUpOf({ startedAt, endsAt, position }: BurstPosition, { limit }: Throttle): RollUp | undefined {
  if (position <= limit) return undefined;
  return {
    startedAt: new Date(startedAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    more: position - limit,
    position,
  };
}
