// A claimed delivery with all that sending it needs.
import type { AmbiguityPolicy, Content, Destination } from '@carillon/domain';
import type { MessageRef } from './message-ref.ts';

export interface ClaimedDelivery {
  deliveryId: string;
  attemptId: string;
  lane: string;
  channel: string;
  /** A message, a deletion of what was posted, or a digest. */
  op: 'post' | 'delete' | 'digest';
  /** This attempt's number, from 1. */
  attempt: number;
  /** Earlier attempts of which nobody knows whether they were sent. */
  ambiguous: number;
  /** How often it was replayed. */
  replay: number;
  recipient: string;
  destination: Destination;
  /** Notified in its place when the channel refuses it for good. */
  fallback: Destination | null;
  tenantId: string;
  notificationId: string;
  source: string;
  externalId: string;
  type: string;
  /** The type's title in the catalogue; null: its record had none. */
  typeTitle: string | null;
  category: string;
  mutable: boolean;
  content: Content;
  ambiguity: AmbiguityPolicy;
  traceparent: string | null;
  /** As which of a burst beyond the limit it is told of, by the message of the burst; null: it is sent as it is. */
  rolledUp: number | null;
  collapseSlot: string | null;
  threadSlot: string | null;
  /** The message that this one is a newer version of. */
  shownMessage: MessageRef | null;
  /** The message that this one is a reply to. */
  threadParent: MessageRef | null;
  /** Where this delivery itself was posted, as long as no newer version stands there. */
  ownMessage: MessageRef | null;
  /** How long it has kept its channel waiting. */
  heldForMs: number;
  /** How long ago this attempt was claimed, when it was read, by the database's clock. */
  claimedForMs: number;
  /** How long ago its notification was requested, when it was claimed; null: not known. */
  requestedForMs: number | null;
  /** It could be sent as soon as it was decided, and no attempt has put it off. */
  immediate: boolean;
  /** How long from its claim it may still be sent; null: as long as it takes. */
  expiresInMs: number | null;
}

/** Done twice, it has the effect of once. */
export const isRepeatable = (delivery: Pick<ClaimedDelivery, 'op' | 'shownMessage'>): boolean =>
  delivery.op === 'delete' || delivery.shownMessage !== null;
