// The queue that a delivery stands in: a lane, which is sent by one process at a pace of its own, and a channel in it.
import type { Destination } from '@carillon/domain';

export interface QueuePlace {
  lane: string;
  channel: string;
}

/** The place of a destination's deliveries; its channel decides. */
export type PlaceOf = (tenantId: string, to: Destination) => QueuePlace;
