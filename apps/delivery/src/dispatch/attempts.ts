// Carries candidates through an attempt: claim → send → result, or, for an attempt without an answer, finding out →
// result. Promises: nothing is written outside the lease or for a lane that has gone; every end is recorded, also when
// the lane has gone meanwhile; nothing thrown on the way ends the process or loses a delivery. What the database is
// told travels in batches over all lanes (Batcher).
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { ChannelKind } from '@carillon/domain';
import { createLogger, checkpoint } from '@carillon/telemetry';
import { inAttemptSpan } from './attempt-span.ts';
import type { Channel } from '../channels/channel.ts';
import type { SendResult, ReconcileResult, SendGuard } from '../model/send-result.ts';
import { claim, readUnknown } from '../ledger/claims.ts';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import { freeze } from '../ledger/digests.ts';
import { terminateUnclaimable } from '../ledger/terminate-unclaimable.ts';
import { databasePauseMs, recordUntilStored, unclaimUntilStored } from './retry-until-recorded.ts';
import type { DeliveryResult } from '../model/delivery-result.ts';
import { resolveResult, resolveUnknown, type RetryPolicy } from './resolve-result.ts';
import { deliveryMetrics } from './attempt-metrics.ts';
import { Batcher } from './batcher.ts';
import type { Arrival, QueuedDelivery, Requeue } from '../model/queued-delivery.ts';
import { composeDigest } from './compose-digest.ts';
import type { Lane } from './lane.ts';
import type { SendPermit } from '../model/send-permit.ts';
import { monotonicNow } from '../model/clock.ts';

/** A candidate that its lane has given out. */
export interface Dispatch {
  lane: Lane;
  queued: QueuedDelivery;
}

/** How a turn ended for the lane. */
export type DispatchEnd =
  /** The candidate stands in its queue again. */
  | ({ kind: 'again' } & Requeue)
  /** The channel is free; the candidate is known until `forgotten`. */
  | { kind: 'done' }
  /** It could not be claimed: the ledger knows more than the lane, which should look again. */
  | { kind: 'stale' };

export interface DispatchListener {
  ended(dispatch: Dispatch, end: DispatchEnd): void;
  /** Whether the turn's lane is still this process's, under the same epoch. */
  ours(dispatch: Dispatch): boolean;
  podId(): string;
  /** New deliveries came of a result. */
  created(arrivals: Arrival[]): void;
}

export interface AttemptPolicy extends RetryPolicy {
  /** Where people read what did not fit into a digest. */
  digestMoreUrl?: string | undefined;
}

interface Ending extends Dispatch {
  result: DeliveryResult;
}

const internalAdvice = 'Something of Carillon itself failed (its database, or a defect); its log has the details.';

export class Attempts {
  /** Attempts of this process that the database may show as under way. */
  private readonly live = new Set<string>();
  private readonly ending = new AbortController();
  private readonly log = createLogger('attempts');
  private readonly metrics = deliveryMetrics();
  private readonly claims = new Batcher<Dispatch>((dispatches) => this.claim(dispatches));
  private readonly unknowns = new Batcher<Dispatch>((dispatches) => this.readUnknown(dispatches));
  private readonly results = new Batcher<Ending>((endings) => this.record(endings));

  constructor(
    private readonly pool: Pool,
    private readonly lease: SendPermit,
    private readonly channels: Record<ChannelKind, Channel>,
    private readonly policy: AttemptPolicy,
    private readonly dispatches: DispatchListener,
  ) {}

  begin(dispatch: Dispatch): void {
    (dispatch.queued.unknown ? this.unknowns : this.claims).add(dispatch);
  }

  /**
   * Those of the attempts that nobody here is carrying out: their claims were committed unheard, or their results
   * refused.
   */
  orphans(attemptIds: readonly string[]): string[] {
    return attemptIds.filter((attemptId) => !this.live.has(attemptId));
  }

  /** Nothing new is prepared; what is written is waited for. */
  end(): void {
    this.ending.abort();
  }

  /** Resolves when every result so far is in the database. */
  recorded(): Promise<void> {
    return this.results.settled();
  }

  private async claim(dispatches: Dispatch[]): Promise<void> {
    const waiting = new Map(dispatches.map((dispatch) => [randomUUID() as string, dispatch]));
    for (const attemptId of waiting.keys()) this.live.add(attemptId);
    try {
      const claims = [...waiting].map(([attemptId, { lane, queued }]) => ({
        deliveryId: queued.deliveryId,
        attemptId,
        lane: lane.id,
        epoch: lane.epoch,
      }));
      const askedAt = monotonicNow();
      for (const claimed of await claim(this.pool, this.dispatches.podId(), claims)) {
        const dispatch = waiting.get(claimed.attemptId)!;
        waiting.delete(claimed.attemptId);
        checkpoint('claim.stored');
        void this.carry(dispatch, claimed, askedAt);
      }
    } catch (error) {
      this.log.warn({ err: error, claims: waiting.size }, 'claims failed; taking them back');
      await this.takeBack(
        [...waiting].map(([attemptId, { queued }]) => ({ deliveryId: queued.deliveryId, attemptId })),
      );
      for (const dispatch of waiting.values())
        this.dispatches.ended(dispatch, { kind: 'again', readyAt: monotonicNow(), unknown: false });
      return;
    }
    for (const attemptId of waiting.keys()) this.live.delete(attemptId);
    await this.cancel([...waiting.values()]);
  }

  /** Could not be claimed: expired, cancelled, sent meanwhile, or not our lane any more. */
  private async cancel(dispatches: Dispatch[]): Promise<void> {
    if (dispatches.length === 0) return;
    try {
      await terminateUnclaimable(
        this.pool,
        dispatches.map((dispatch) => dispatch.queued.deliveryId),
      );
    } catch (error) {
      this.log.warn({ err: error }, 'deliveries that are over could not be ended; they are looked at again');
    }
    for (const dispatch of dispatches) this.dispatches.ended(dispatch, { kind: 'stale' });
  }

  private async carry(dispatch: Dispatch, claimed: ClaimedDelivery, askedAt: number): Promise<void> {
    let delivery = claimed;
    if (claimed.op === 'digest') {
      try {
        const { digestMoreUrl: moreUrl } = this.policy;
        const channel = this.channels[claimed.destination.kind];
        const content = await freeze(this.pool, claimed, (members) =>
          composeDigest(members, channel, moreUrl === undefined ? {} : { moreUrl }),
        );
        if (!content) return this.drop(dispatch, claimed);
        delivery = { ...claimed, content };
      } catch (error) {
        this.log.warn({ err: error, deliveryId: claimed.deliveryId }, 'a digest could not be composed; trying again');
        return this.requeue(dispatch, claimed, { readyAt: monotonicNow() + databasePauseMs, unknown: false });
      }
    }
    await this.send(dispatch, delivery, claimed.expiresInMs === null ? Infinity : askedAt + claimed.expiresInMs);
  }

  /** `until`: when it may not be told any more, on the monotonic clock. */
  private async send(dispatch: Dispatch, delivery: ClaimedDelivery, until: number): Promise<void> {
    const { lane, queued } = dispatch;
    const startedAt = new Date();
    let writtenAt = 0;
    const guard: SendGuard = {
      canSend: () => {
        const now = monotonicNow();
        if (now >= until || !this.lease.coversCall() || !this.dispatches.ours(dispatch)) return false;
        if (queued.operation === 'create') {
          if (!lane.mayWrite(queued, now)) return false;
          lane.written(queued, now);
        }
        writtenAt = now;
        return true;
      },
      reserve: (method) => this.mayCall(dispatch, method),
      signal: this.ending.signal,
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
    this.metrics.attempt(delivery, end, writtenAt > 0 ? now - writtenAt : undefined);
    if (end.kind === 'not_written') {
      if (end.holdMs !== undefined && queued.installationId) lane.hold(queued.installationId, now + end.holdMs);
      return this.requeue(dispatch, delivery, {
        readyAt: now + (end.waitMs ?? 0),
        unknown: false,
        operation: queued.operation,
      });
    }
    if (end.kind === 'delivered' && queued.operation === 'create') lane.accepted(queued, now, end.channelId);
    if (end.kind === 'retry' && end.limited !== undefined)
      lane.refused(end.limited, now, end.delayMs ?? 1_000, writtenAt > 0 ? queued : undefined);
    this.complete(dispatch, resolveResult(delivery, end, startedAt, this.policy));
  }

  /**
   * The operation that a delivery was dequeued for is counted already; if it turns out to be another one, the delivery
   * waits for its turn as that.
   */
  private mayCall({ lane, queued }: Dispatch, method: string): number {
    const operation = lane.operationOf(method);
    if (operation === undefined) return lane.methods.wait(method, queued.deliveryId, monotonicNow());
    if (operation === queued.operation) return 0;
    queued.operation = operation;
    return 1;
  }

  private async requeue(dispatch: Dispatch, claimed: ClaimedDelivery, again: Requeue): Promise<void> {
    await this.takeBack([claimed]);
    this.dispatches.ended(dispatch, { kind: 'again', ...again });
  }

  /** It has ended in the ledger without anything to send. */
  private drop(dispatch: Dispatch, { attemptId }: ClaimedDelivery): void {
    this.live.delete(attemptId);
    dispatch.lane.forget(dispatch.queued.deliveryId);
    this.dispatches.ended(dispatch, { kind: 'done' });
  }

  private async readUnknown(dispatches: Dispatch[]): Promise<void> {
    try {
      const rows = await readUnknown(
        this.pool,
        dispatches.map((dispatch) => dispatch.queued.deliveryId),
      );
      const unknown = new Map(rows.map((row) => [row.deliveryId, row]));
      await this.cancel(dispatches.filter((dispatch) => !unknown.has(dispatch.queued.deliveryId)));
      for (const dispatch of dispatches) {
        const delivery = unknown.get(dispatch.queued.deliveryId);
        if (delivery) void this.reconcile(dispatch, delivery);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'attempts without an answer could not be read; trying again');
      for (const dispatch of dispatches)
        this.dispatches.ended(dispatch, { kind: 'again', readyAt: monotonicNow() + databasePauseMs, unknown: true });
    }
  }

  private async reconcile(dispatch: Dispatch, delivery: ClaimedDelivery): Promise<void> {
    const guard = { reserve: (method: string) => this.mayCall(dispatch, method) };
    const found = await this.channels[delivery.destination.kind]
      .reconcile(delivery, guard)
      .catch((error: unknown): ReconcileResult => {
        this.log.error({ err: error, deliveryId: delivery.deliveryId }, 'a channel threw while reconciling');
        return { kind: 'later' };
      });
    if (found.kind === 'later' && found.limited !== undefined)
      dispatch.lane.refused(found.limited, monotonicNow(), found.afterMs ?? 1_000);
    const result = resolveUnknown(delivery, found, this.policy);
    this.metrics.reconciled(found.kind, result.state);
    this.complete(dispatch, result);
  }

  private async takeBack(claims: readonly Pick<ClaimedDelivery, 'deliveryId' | 'attemptId'>[]): Promise<void> {
    await unclaimUntilStored(this.pool, claims);
    for (const { attemptId } of claims) this.live.delete(attemptId);
  }

  /** A settled delivery frees its channel at once; one that stays keeps its place until the ledger knows. */
  private complete(dispatch: Dispatch, result: DeliveryResult): void {
    if (result.terminal) this.dispatches.ended(dispatch, { kind: 'done' });
    this.results.add({ ...dispatch, result });
  }

  private async record(endings: Ending[]): Promise<void> {
    const { states, fallbacks } = await recordUntilStored(
      this.pool,
      endings.map((ending) => ending.result),
    );
    checkpoint('result.stored');
    if (fallbacks.length > 0) this.dispatches.created(fallbacks);
    for (const { lane, queued, result } of endings) {
      this.live.delete(result.attemptId);
      const state = states.get(result.deliveryId);
      if (result.terminal) {
        lane.forget(queued.deliveryId);
        // Taken back while it was being posted: it stands in its queue again, as a deletion.
        if (state === 'ready')
          this.dispatches.created([{ lane: lane.id, channel: queued.channel, priority: queued.priority }]);
      } else if (state === 'ready' || state === 'unknown') {
        this.dispatches.ended(
          { lane, queued },
          { kind: 'again', readyAt: monotonicNow() + result.afterMs, unknown: state === 'unknown' },
        );
      } else this.dispatches.ended({ lane, queued }, { kind: 'stale' });
    }
  }
}
