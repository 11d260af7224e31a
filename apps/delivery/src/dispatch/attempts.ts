// Carries dequeued deliveries through an attempt: claim → send → result, or, for an attempt without an answer,
// reconcile → result. Guarantees: nothing is written outside the lease or for a lane that has gone; every result is
// recorded, also when the lane has gone meanwhile; nothing thrown on the way ends the process or loses a delivery.
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { ChannelKind } from '@carillon/domain';
import { checkpoint, createLogger } from '@carillon/telemetry';
import type { Channel } from '../channels/channel.ts';
import { claim, readUnknown } from '../ledger/claims.ts';
import { freeze } from '../ledger/digests.ts';
import { takesTooLong } from '@carillon/persistence';
import { terminateUnclaimable } from '../ledger/terminate-unclaimable.ts';
import type { Hold } from '../model/hold.ts';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import { monotonicNow } from '../model/clock.ts';
import type { DeliveryResult } from '../model/delivery-result.ts';
import type { Arrival, QueuedDelivery, Requeue } from '../model/queued-delivery.ts';
import type { SendPermit } from '../model/send-permit.ts';
import type { ReconcileResult, SendGuard, SendResult } from '../model/send-result.ts';
import { deliveryMetrics } from './attempt-metrics.ts';
import { inAttemptSpan } from './attempt-span.ts';
import { evidenceOf, evidenceOfReconciling } from './breaker-evidence.ts';
import { composeDigest } from './compose-digest.ts';
import type { Lane } from './lane.ts';
import { LaneBatchers } from './lane-batchers.ts';
import { databasePauseMs, recordResults, unclaimUntilStored } from './ledger-writes.ts';
import { resolveResult, resolveUnknown, type RetryPolicy } from './resolve-result.ts';

/** A delivery that its lane has given out. */
export interface Dispatch {
  lane: Lane;
  queued: QueuedDelivery;
}

/** How a dispatch ended for the lane. */
export type DispatchEnd =
  /** The delivery stands in its queue again. */
  | ({ kind: 'again' } & Requeue)
  /** The channel is free; the lane knows the delivery until `forget`. */
  | { kind: 'done' }
  /** It could not be claimed: the ledger knows more than the lane, which reads the channel again. */
  | { kind: 'stale' };

export interface DispatchListener {
  ended(dispatch: Dispatch, end: DispatchEnd): void;
  /** The dispatch goes on without its slot. */
  slotReleased(dispatch: Dispatch): void;
  /** Whether the lane is still this process's, under the same epoch. */
  owns(dispatch: Dispatch): boolean;
  podId(): string;
  /** New deliveries came of a result. */
  created(arrivals: Arrival[]): void;
}

export interface AttemptPolicy extends RetryPolicy {
  /** Where people read what did not fit into a digest. */
  digestMoreUrl?: string | undefined;
}

interface Completed extends Dispatch {
  result: DeliveryResult;
  /** When the lane takes it again. */
  afterMs: number;
}

const internalAdvice = 'Something of Carillon itself failed (its database, or a defect); its log has the details.';

export class Attempts {
  /** Attempts of this process that the database may show as under way. */
  private readonly live = new Set<string>();
  private readonly stopping = new AbortController();
  private readonly log = createLogger('attempts');
  private readonly metrics = deliveryMetrics();
  private readonly claims = new LaneBatchers<Dispatch>((dispatches) => this.claim(dispatches));
  private readonly unknowns = new LaneBatchers<Dispatch>((dispatches) => this.readUnknown(dispatches));
  private readonly results = new LaneBatchers<Completed>((completed) => this.record(completed));

  constructor(
    private readonly pool: Pool,
    private readonly permit: SendPermit,
    private readonly channels: Readonly<Record<ChannelKind, Channel>>,
    private readonly policy: AttemptPolicy,
    private readonly listener: DispatchListener,
  ) {}

  begin(dispatch: Dispatch): void {
    (dispatch.queued.unknown ? this.unknowns : this.claims).add(dispatch);
  }

  /**
   * Those of the attempts that this process does not carry out: their claims were committed unheard, or their results
   * refused.
   */
  orphans(attemptIds: readonly string[]): string[] {
    return attemptIds.filter((attemptId) => !this.live.has(attemptId));
  }

  /** An attempt id that is no orphan from now on, for a claim that is about to be stored. */
  newAttemptId(): string {
    const attemptId = randomUUID();
    this.live.add(attemptId);
    return attemptId;
  }

  /** Its claim was not stored. */
  forgetAttempt(attemptId: string): void {
    this.live.delete(attemptId);
  }

  /** Carries a claimed delivery on. `askedAt`: monotonic time just before the claim was asked for. */
  async carry(dispatch: Dispatch, claimed: ClaimedDelivery, askedAt: number): Promise<void> {
    let delivery = claimed;
    if (claimed.op === 'digest') {
      try {
        const content = await this.freeze(claimed);
        if (!content) return this.drop(dispatch, claimed);
        delivery = { ...claimed, content };
      } catch (error) {
        this.log.warn({ err: error, deliveryId: claimed.deliveryId }, 'a digest could not be composed; trying again');
        return this.requeue(dispatch, claimed, { readyAt: monotonicNow() + databasePauseMs, unknown: false });
      }
    }
    await this.send(dispatch, delivery, claimed.expiresInMs === null ? Infinity : askedAt + claimed.expiresInMs);
  }

  /** Nothing new is prepared; requests that were written are waited for. */
  end(): void {
    this.stopping.abort();
  }

  /** Resolves when every result so far is in the database. */
  recorded(): Promise<void> {
    return this.results.settled();
  }

  private async claim(dispatches: Dispatch[]): Promise<void> {
    const waiting = new Map(dispatches.map((dispatch) => [this.newAttemptId(), dispatch]));
    try {
      const claims = [...waiting].map(([attemptId, { lane, queued }]) => ({
        deliveryId: queued.deliveryId,
        attemptId,
        lane: lane.id,
        epoch: lane.epoch,
      }));
      const askedAt = monotonicNow();
      const started = performance.now();
      for (const claimed of await claim(this.pool, this.listener.podId(), claims)) {
        const dispatch = waiting.get(claimed.attemptId)!;
        waiting.delete(claimed.attemptId);
        checkpoint('claim.stored');
        void this.carry(dispatch, claimed, askedAt);
      }
      this.metrics.claimed(performance.now() - started);
    } catch (error) {
      if (takesTooLong(error)) {
        for (const attemptId of waiting.keys()) this.live.delete(attemptId);
        throw error;
      }
      this.log.warn({ err: error, claims: waiting.size }, 'claims failed; undoing them');
      await this.undo([...waiting].map(([attemptId, { queued }]) => ({ deliveryId: queued.deliveryId, attemptId })));
      for (const dispatch of waiting.values())
        this.listener.ended(dispatch, { kind: 'again', readyAt: monotonicNow(), unknown: false });
      return;
    }
    for (const attemptId of waiting.keys()) this.live.delete(attemptId);
    await this.cancel([...waiting.values()]);
  }

  /** Could not be claimed: expired, cancelled, sent meanwhile, locked, or not our lane any more. */
  private async cancel(dispatches: Dispatch[]): Promise<void> {
    if (dispatches.length === 0) return;
    try {
      await terminateUnclaimable(
        this.pool,
        dispatches.map(({ queued }) => queued.deliveryId),
      );
    } catch (error) {
      this.log.warn({ err: error }, 'deliveries that are over could not be ended; they are read again');
    }
    for (const dispatch of dispatches) this.listener.ended(dispatch, { kind: 'stale' });
  }

  private freeze(digest: ClaimedDelivery): ReturnType<typeof freeze> {
    const { digestMoreUrl: moreUrl } = this.policy;
    const channel = this.channels[digest.destination.kind];
    return freeze(this.pool, digest, (members) =>
      composeDigest(members, channel, moreUrl === undefined ? {} : { moreUrl }),
    );
  }

  /** `until`: when it may not be sent any more, on the monotonic clock. */
  private async send(dispatch: Dispatch, delivery: ClaimedDelivery, until: number): Promise<void> {
    const { lane, queued } = dispatch;
    const begunAt = monotonicNow();
    const startedAt = new Date();
    const heldBy = holdOf(dispatch, delivery, begunAt);
    let writtenAt = 0;
    const guard: SendGuard = {
      canSend: () => {
        const now = monotonicNow();
        if (now >= until || !this.permit.coversCall() || !this.listener.owns(dispatch)) return false;
        if (!lane.mayCall(queued, now)) return false;
        if (queued.operation === 'create') {
          if (!lane.mayWrite(queued, now)) return false;
          lane.written(queued, now);
        }
        writtenAt = now;
        return true;
      },
      reserve: (method) => this.reserve(dispatch, method),
      releaseSlot: () => {
        lane.preparing(queued);
        this.listener.slotReleased(dispatch);
      },
      signal: this.stopping.signal,
    };
    const end = await inAttemptSpan(delivery, () =>
      this.channels[delivery.destination.kind].send(delivery, guard),
    ).catch((error: unknown): SendResult => {
      this.log.error({ err: error, deliveryId: delivery.deliveryId }, 'a channel threw');
      return { kind: writtenAt > 0 ? 'unknown' : 'retry', error: 'internal', advice: internalAdvice, facts: {} };
    });
    const now = monotonicNow();
    if (writtenAt > 0) {
      checkpoint('attempt.answered');
      if (queued.operation === 'create') lane.answered(queued, writtenAt, now);
    }
    if (writtenAt > 0 && end.kind !== 'unknown') lane.widen();
    lane.saw(queued, evidenceOf(end, this.channels[delivery.destination.kind].unreachable), now);
    if (lane.breaker.state !== 'closed')
      lane.probedFor = { tenantId: delivery.tenantId, destination: delivery.destination };
    this.metrics.attempt(delivery, end, writtenAt > 0 ? now - writtenAt : undefined);
    if (end.kind === 'delivered') this.metrics.accepted(delivery, heldBy, now - begunAt);
    if (end.kind === 'not_written') {
      if (end.holdMs !== undefined && queued.installationId) lane.hold(queued.installationId, now + end.holdMs, now);
      return this.requeue(dispatch, delivery, {
        readyAt: now + (end.waitMs ?? 0),
        unknown: false,
        operation: queued.operation,
      });
    }
    if (end.kind === 'delivered' && queued.operation === 'create') lane.accepted(queued, now, end.channelId);
    if (end.kind === 'retry' && end.limited !== undefined)
      lane.refused(end.limited, now, end.delayMs ?? 1_000, writtenAt > 0 ? queued : undefined);
    this.complete(dispatch, resolveResult(delivery, end, startedAt, this.policy), this.openMs(lane, delivery, begunAt));
  }

  /**
   * The operation that a delivery was dequeued for is counted already; if it turns out to be another one, the delivery
   * waits for its turn as that.
   */
  private reserve({ lane, queued }: Dispatch, method: string): number {
    const operation = lane.operationOf(method);
    if (operation === undefined) return lane.methods.wait(method, queued.deliveryId, monotonicNow());
    if (operation === queued.operation) return 0;
    queued.operation = operation;
    return 1;
  }

  private async requeue(dispatch: Dispatch, claimed: ClaimedDelivery, again: Requeue): Promise<void> {
    await this.undo([claimed]);
    this.listener.ended(dispatch, { kind: 'again', ...again });
  }

  /** It has ended in the ledger without anything to send. */
  private drop(dispatch: Dispatch, { attemptId }: ClaimedDelivery): void {
    this.live.delete(attemptId);
    dispatch.lane.forget(dispatch.queued.deliveryId);
    this.listener.ended(dispatch, { kind: 'done' });
  }

  private async readUnknown(dispatches: Dispatch[]): Promise<void> {
    try {
      const rows = await readUnknown(
        this.pool,
        dispatches.map(({ queued }) => queued.deliveryId),
      );
      const unknown = new Map(rows.map((row) => [row.deliveryId, row]));
      await this.cancel(dispatches.filter(({ queued }) => !unknown.has(queued.deliveryId)));
      for (const dispatch of dispatches) {
        const delivery = unknown.get(dispatch.queued.deliveryId);
        if (delivery) void this.reconcile(dispatch, delivery);
      }
    } catch (error) {
      if (takesTooLong(error)) throw error;
      this.log.warn({ err: error }, 'attempts without an answer could not be read; trying again');
      for (const dispatch of dispatches)
        this.listener.ended(dispatch, { kind: 'again', readyAt: monotonicNow() + databasePauseMs, unknown: true });
    }
  }

  private async reconcile(dispatch: Dispatch, delivery: ClaimedDelivery): Promise<void> {
    const begunAt = monotonicNow();
    const found = await this.channels[delivery.destination.kind]
      .reconcile(delivery, { reserve: (method) => this.reserve(dispatch, method) })
      .catch((error: unknown): ReconcileResult => {
        this.log.error({ err: error, deliveryId: delivery.deliveryId }, 'a channel threw while reconciling');
        return { kind: 'later' };
      });
    if (found.kind === 'later' && found.limited !== undefined)
      dispatch.lane.refused(found.limited, monotonicNow(), found.afterMs ?? 1_000);
    const { lane, queued } = dispatch;
    lane.saw(queued, evidenceOfReconciling(found), monotonicNow());
    const openMs = this.openMs(lane, delivery, begunAt);
    const result = resolveUnknown({ ...delivery, heldForMs: delivery.heldForMs - openMs }, found, this.policy);
    this.metrics.reconciled(found.kind, result.state);
    this.complete(dispatch, result, openMs);
  }

  /** How long a circuit breaker was open since the delivery has kept its channel waiting. */
  private openMs(lane: Lane, { heldForMs }: ClaimedDelivery, begunAt: number): number {
    const now = monotonicNow();
    return heldForMs === 0 ? 0 : lane.breaker.openMsOfLast(heldForMs + now - begunAt, now);
  }

  /** Undoes claims whose requests were surely never written; resolves once the database has done so. */
  async undo(claims: readonly Pick<ClaimedDelivery, 'deliveryId' | 'attemptId'>[]): Promise<void> {
    await unclaimUntilStored(this.pool, claims);
    for (const { attemptId } of claims) this.live.delete(attemptId);
  }

  /** A terminal result frees the channel at once; any other keeps its place until it is recorded. */
  private complete(dispatch: Dispatch, result: DeliveryResult, openMs: number): void {
    if (result.terminal) this.listener.ended(dispatch, { kind: 'done' });
    const { afterMs } = result;
    // A head is parked by the time that it has kept its channel until it is ready again: what a breaker took of that
    // is taken off its end.
    const stored = result.state === 'ready' ? { ...result, afterMs: afterMs - openMs } : result;
    this.results.add({ ...dispatch, result: stored, afterMs });
  }

  /** Somebody else has decided about the delivery meanwhile. What was posted nevertheless may be a second message. */
  private unmatched({ deliveryId, attemptId, state, ref }: DeliveryResult): void {
    this.metrics.unmatched(state);
    this.log.warn({ deliveryId, attemptId, state, ref }, 'a result came of an attempt that nobody waits for');
  }

  private async record(completed: Completed[]): Promise<void> {
    const started = performance.now();
    const { states, fallbacks } = await recordResults(
      this.pool,
      completed.map(({ result }) => result),
    );
    this.metrics.recorded(performance.now() - started);
    checkpoint('result.stored');
    if (fallbacks.length > 0) this.listener.created(fallbacks);
    for (const { lane, queued, result, afterMs } of completed) {
      this.live.delete(result.attemptId);
      const state = states.get(result.deliveryId);
      if (state === undefined) this.unmatched(result);
      else this.metrics.stored(lane.id, result);
      if (result.terminal) {
        lane.forget(queued.deliveryId);
        // Retracted while it was being posted: it stands in its queue again, as a deletion.
        if (state === 'ready')
          this.listener.created([{ lane: lane.id, channel: queued.channel, priority: queued.priority }]);
      } else if (state === 'ready' || state === 'unknown') {
        this.listener.ended(
          { lane, queued },
          { kind: 'again', readyAt: monotonicNow() + afterMs, unknown: state === 'unknown' },
        );
      } else this.listener.ended({ lane, queued }, { kind: 'stale' });
    }
  }
}

/** What kept a delivery waiting, other than the platform. */
function holdOf(
  { lane, queued }: Dispatch,
  { attempt, immediate, requestedForMs }: ClaimedDelivery,
  now: number,
): Hold {
  if (attempt > 1 || lane.limitedSince(now - (requestedForMs ?? 0), queued, now)) return 'slack';
  return immediate ? 'nothing' : 'plan';
}
