// How fast the lanes of a channel may send, as its channel declares it.
import type { Operation } from './operation.ts';

/** Messages over time; `perSecond` 0 = no limit. */
export interface Rate {
  perSecond: number;
  burst: number;
}

/** All messages of a lane; the limit is learned from refusals, from `perMinute` on. */
export interface PostingSettings {
  /** Where learning begins; 0 = no limit at all. */
  perMinute: number;
  burst: number;
  mostPerMinute: number;
}

export interface LaneLimits {
  posting: PostingSettings;
  /** Each channel of the lane. */
  perChannel: Rate;
  /** Calls that a process makes at once, over all lanes of the channel's kind. */
  callsAtOnce: number;
  /** What the other side calls each operation: its refusals name these. */
  methods: Readonly<Record<Operation, string>>;
  /** Calls in a minute of any other method, or of changing a message; absent: no limit. */
  callsPerMinute?: (method: string) => number;
}
