// Claims new deliveries in the statement that stores them, where their lanes are idle: they are sent without another
// statement, and without being read back. Guarantees: only what nothing stands before is claimed so, at the pace of
// its lane; a claim that was not stored gives its place back; one whose statement failed is undone until the database
// has answered.
import type { AmbiguityPolicy, Content, ContentVariant, Destination } from '@carillon/domain';
import type { Dispatcher, Reservation } from '../dispatch/dispatcher.ts';
import type { ClaimedNow, Ingested, NewClaims } from '../ledger/store-plan.ts';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import { monotonicNow } from '../model/clock.ts';
import { contentInVariant } from '../model/content-in-variant.ts';
import type { IngestPlan } from '../model/ingest-plan.ts';
import { queuedOfPlan } from './queued-of-plan.ts';

/** The latency of larger plans does not depend on it. */
const mostDeliveries = 20;

export class ImmediateClaims {
  private readonly askedAt = monotonicNow();

  private constructor(
    private readonly dispatcher: Dispatcher,
    private readonly plan: IngestPlan,
    /** By the index of the delivery in the plan. */
    private readonly reservations: ReadonlyMap<number, Reservation>,
  ) {}

  static of(dispatcher: Dispatcher, plan: IngestPlan): ImmediateClaims {
    const reservations = new Map<number, Reservation>();
    const { deliveries: d } = plan;
    if (d.id.length <= mostDeliveries) {
      for (const [n, lane] of d.lane.entries()) {
        // The ledger says its place when it is stored.
        const queued = queuedOfPlan(plan, n, 0);
        const reservation = queued && dispatcher.reserve(lane, queued);
        if (reservation) reservations.set(n, reservation);
      }
    }
    return new ImmediateClaims(dispatcher, plan, reservations);
  }

  get claims(): NewClaims | undefined {
    if (this.reservations.size === 0) return undefined;
    return {
      podId: this.dispatcher.podId,
      claims: [...this.reservations.values()].map(({ lane, queued, attemptId }) => ({
        deliveryId: queued.deliveryId,
        attemptId,
        epoch: lane.epoch,
      })),
    };
  }

  /** Those that were claimed are sent; the others are given back. */
  stored({ claimed, places }: Ingested): void {
    for (const [n, reservation] of this.reservations) {
      const { queued, attemptId } = reservation;
      const now = claimed[queued.deliveryId];
      if (!now) {
        this.dispatcher.cancel(reservation);
        continue;
      }
      queued.seq = Number(places[queued.deliveryId] ?? 0);
      this.dispatcher.start(reservation, claimedDelivery(this.plan, n, attemptId, now), this.askedAt);
    }
  }

  /** Nobody knows whether the statement was committed. */
  failed(): void {
    for (const reservation of this.reservations.values()) this.dispatcher.undo(reservation);
  }
}

function claimedDelivery(
  { deliveries: d, notifications }: IngestPlan,
  n: number,
  attemptId: string,
  { expiresInMs }: ClaimedNow,
): ClaimedDelivery {
  const notificationId = d.notificationId[n]!;
  const at = notifications.id.indexOf(notificationId);
  const requestedAt = notifications.requestedAt[at];
  return {
    deliveryId: d.id[n]!,
    attemptId,
    lane: d.lane[n]!,
    channel: d.channel[n]!,
    op: 'post',
    attempt: 1,
    ambiguous: 0,
    replay: 0,
    recipient: d.recipient[n]!,
    destination: JSON.parse(d.destination[n]!) as Destination,
    fallback: null,
    tenantId: d.tenant[n]!,
    notificationId,
    source: notifications.source[at]!,
    externalId: notifications.externalId[at]!,
    type: notifications.type[at]!,
    typeTitle: notifications.typeTitle[at] ?? null,
    category: notifications.category[at]!,
    mutable: notifications.mutable[at]!,
    content: contentInVariant(
      JSON.parse(notifications.content[at]!) as Content,
      variantOf(notifications.variants[at], d.variant[n]),
    ),
    ambiguity: notifications.ambiguity[at]! as AmbiguityPolicy,
    traceparent: notifications.traceparent[at] ?? null,
    rolledUp: null,
    collapseSlot: null,
    threadSlot: null,
    shownMessage: null,
    threadParent: null,
    ownMessage: null,
    heldForMs: 0,
    claimedForMs: 0,
    requestedForMs: requestedAt ? Date.now() - Date.parse(requestedAt) : null,
    immediate: true,
    expiresInMs,
  };
}

/** The reader of the record left only variants that are there. */
const variantOf = (variants: string | null | undefined, name: string | null | undefined): ContentVariant | undefined =>
  variants && name ? (JSON.parse(variants) as Record<string, ContentVariant>)[name] : undefined;
