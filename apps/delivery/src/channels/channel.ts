// The contract of a channel, which carries deliveries to people. The ledger, dispatch and ingest know this contract
// alone, and no detail of a channel. A channel is a folder with a class that implements it, and a line in index.ts.
import type { Content, Destination } from '@carillon/domain';
import type { DigestItem } from '@carillon/content/digest';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import type { LaneLimits } from '../model/lane-limits.ts';
import type { ProbedFor } from '../model/probed-for.ts';
import type { QueuePlace } from '../model/queue-place.ts';
import type { ReconcileResult, SendGuard, SendResult } from '../model/send-result.ts';

export interface DigestOptions {
  /** Where the whole can be read when it does not fit. */
  moreUrl?: string;
}

export interface Channel {
  /** The queue of a destination of this kind. */
  laneOf(tenantId: string, to: Destination): QueuePlace;
  /** Why the tenant may not send to this destination; undefined: it may, as far as is known. */
  foreignBecause?(tenantId: string, to: Destination): string | undefined;
  /** How fast a lane of this kind may send. */
  readonly limits: LaneLimits;
  /** What this channel shows in place of the digest's Markdown, where it has something better. */
  renderDigest(items: readonly DigestItem[], options: DigestOptions): Pick<Content, 'slack'>;
  /** Makes one attempt. Never throws. */
  send(delivery: ClaimedDelivery, guard: SendGuard): Promise<SendResult>;
  /**
   * Asks the other side for a sign of life, without an effect; with a delivery, for the sake of its lane. Never throws.
   * Absent: one delivery of the lane is the probe.
   */
  probe?(delivery?: ProbedFor): Promise<boolean>;
  /** Errors of attempts that did not reach the other side, so that nothing was sent. */
  readonly unreachable?: ReadonlySet<string>;
  /** Finds out whether an attempt without an answer was sent, where the channel can tell. Never throws. */
  reconcile(delivery: ClaimedDelivery, guard: Pick<SendGuard, 'reserve'>): Promise<ReconcileResult>;
}
