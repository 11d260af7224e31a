// Carries candidates through an attempt: claim → send → result, or, for an attempt without an answer, finding out →
// result. Promises: nothing is written outside the lease or for a lane that has gone; every end is recorded, also when
// the lane has gone meanwhile; nothing thrown on the way ends the process or loses a delivery. What the database is
// told travels in batches over all lanes (Gatherer).
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { ChannelKind } from '@carillon/domain';
import { createLogger, checkpoint } from '@carillon/telemetry';
import { inAttemptSpan } from './attempt-span.ts';
import type { AttemptEnd, Channel, ReconcileResult, SendGuard } from '../channels/channel.ts';
import { claim, readUnknown, type Claimed } from '../ledger/claims.ts';
import { freeze } from '../ledger/digests.ts';
import { endIfOver } from '../maintenance/expiry.ts';
import { databasePauseMs, recordInsistently, unclaimInsistently } from './retry-until-recorded.ts';
import type { Result } from '../ledger/results.ts';
import { settle, settleUnknown, type SettlePolicy } from './resolve-result.ts';
import { deliveryMetrics } from './attempt-metrics.ts';
import { Gatherer } from './batcher.ts';
import type { Arrival, Candidate, MainMethod, Return } from '../model/queued-delivery.ts';
import type { Lane } from './lane.ts';
import type { Lease } from '../ownership/lease.ts';
import { monotonicNow } from './pacing.ts';

/** A candidate that its lane has given out. */
export interface Turn {
  lane: Lane;
  candidate: Candidate;
}

/** How a turn ended for the lane. */
export type TurnEnd =
  /** The candidate stands in its queue again. */
  | ({ kind: 'again' } & Return)
  /** The channel is free; the candidate is known until `forgotten`. */
  | { kind: 'done' }
  /** It could not be claimed: the ledger knows more than the lane, which should look again. */
  | { kind: 'stale' };

export interface Turns {
  ended(turn: Turn, end: TurnEnd): void;
  /** Whether the turn's lane is still this process's, under the same epoch. */
  ours(turn: Turn): boolean;
  podId(): string;
  /** New deliveries came of a result. */
  created(arrivals: Arrival[]): void;
}

export interface AttemptPolicy extends SettlePolicy {
  /** Where people read what did not fit into a digest. */
  digestMoreUrl?: string | undefined;
}

interface Ending extends Turn {
  result: Result;
}

const internalAdvice = 'Something of Carillon itself failed (its database, or a defect); its log has the details.';

export class Attempts {
  /** Attempts of this process that the database may show as under way. */
  private readonly live = new Set<string>();
  private readonly ending = new AbortController();
  private readonly log = createLogger('attempts');
  private readonly metrics = deliveryMetrics();
  private readonly claims = new Gatherer<Turn>((turns) => this.claim(turns));
  private readonly unknowns = new Gatherer<Turn>((turns) => this.readUnknown(turns));
  private readonly results = new Gatherer<Ending>((endings) => this.record(endings));

  constructor(
    private readonly pool: Pool,
    private readonly lease: Lease,
    private readonly channels: Record<ChannelKind, Channel>,
    private readonly policy: AttemptPolicy,
    private readonly turns: Turns,
  ) {}

  begin(turn: Turn): void {
    (turn.candidate.unknown ? this.unknowns : this.claims).add(turn);
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

  private async claim(turns: Turn[]): Promise<void> {
    const waiting = new Map(turns.map((turn) => [randomUUID() as string, turn]));
    for (const attemptId of waiting.keys()) this.live.add(attemptId);
    try {
      const claims = [...waiting].map(([attemptId, { lane, candidate }]) => ({
        deliveryId: candidate.deliveryId,
        attemptId,
        lane: lane.id,
        epoch: lane.epoch,
      }));
      const askedAt = monotonicNow();
      for (const claimed of await claim(this.pool, this.turns.podId(), claims)) {
        const turn = waiting.get(claimed.attemptId)!;
        waiting.delete(claimed.attemptId);
        checkpoint('claim.stored');
        void this.carry(turn, claimed, askedAt);
      }
    } catch (error) {
      this.log.warn({ err: error, claims: waiting.size }, 'claims failed; taking them back');
      await this.takeBack(
        [...waiting].map(([attemptId, { candidate }]) => ({ deliveryId: candidate.deliveryId, attemptId })),
      );
      for (const turn of waiting.values())
        this.turns.ended(turn, { kind: 'again', readyAt: monotonicNow(), unknown: false });
      return;
    }
    for (const attemptId of waiting.keys()) this.live.delete(attemptId);
    await this.abandon([...waiting.values()]);
  }

  /** Could not be claimed: expired, cancelled, sent meanwhile, or not our lane any more. */
  private async abandon(turns: Turn[]): Promise<void> {
    if (turns.length === 0) return;
    try {
      await endIfOver(
        this.pool,
        turns.map((turn) => turn.candidate.deliveryId),
      );
    } catch (error) {
      this.log.warn({ err: error }, 'deliveries that are over could not be ended; they are looked at again');
    }
    for (const turn of turns) this.turns.ended(turn, { kind: 'stale' });
  }

  private async carry(turn: Turn, claimed: Claimed, askedAt: number): Promise<void> {
    let delivery = claimed;
    if (claimed.op === 'digest') {
      try {
        const content = await freeze(this.pool, claimed, this.policy.digestMoreUrl);
        if (!content) return this.drop(turn, claimed);
        delivery = { ...claimed, content };
      } catch (error) {
        this.log.warn({ err: error, deliveryId: claimed.deliveryId }, 'a digest could not be composed; trying again');
        return this.goBack(turn, claimed, { readyAt: monotonicNow() + databasePauseMs, unknown: false });
      }
    }
    await this.send(turn, delivery, claimed.expiresInMs === null ? Infinity : askedAt + claimed.expiresInMs);
  }

  /** `until`: when it may not be told any more, on the monotonic clock. */
  private async send(turn: Turn, delivery: Claimed, until: number): Promise<void> {
    const { lane, candidate } = turn;
    const startedAt = new Date();
    let writtenAt = 0;
    const guard: SendGuard = {
      canSend: () => {
        const now = monotonicNow();
        if (now >= until || !this.lease.coversCall() || !this.turns.ours(turn)) return false;
        writtenAt = now;
        if (candidate.method === 'chat.postMessage') lane.written(candidate, writtenAt);
        return true;
      },
      reserve: (method) => this.mayCall(turn, method),
      signal: this.ending.signal,
    };
    const end = await inAttemptSpan(delivery, () =>
      this.channels[delivery.destination.kind].deliver(delivery, guard),
    ).catch((error: unknown): AttemptEnd => {
      this.log.error({ err: error, deliveryId: delivery.deliveryId }, 'a channel threw');
      return { kind: writtenAt > 0 ? 'unknown' : 'retry', error: 'internal', advice: internalAdvice, facts: {} };
    });
    const now = monotonicNow();
    if (writtenAt > 0) {
      checkpoint('attempt.answered');
      if (candidate.method === 'chat.postMessage') lane.answered(candidate, writtenAt, now);
    }
    this.metrics.attempt(delivery, end, writtenAt > 0 ? now - writtenAt : undefined);
    if (end.kind === 'not_written') {
      if (end.holdMs !== undefined && candidate.installationId) lane.hold(candidate.installationId, now + end.holdMs);
      return this.goBack(turn, delivery, {
        readyAt: now + (end.waitMs ?? 0),
        unknown: false,
        method: candidate.method,
      });
    }
    if (end.kind === 'delivered' && candidate.method === 'chat.postMessage') lane.posting.posted(now);
    if (end.kind === 'retry' && end.limited !== undefined) this.slowDown(turn, end.limited, now, end.delayMs ?? 1_000);
    this.conclude(turn, settle(delivery, end, startedAt, this.policy));
  }

  /**
   * What a candidate was taken for is paid for already; if it turns out to be something else, it takes its turn as
   * that.
   */
  private mayCall({ lane, candidate }: Turn, method: string): number {
    if (!isMain(method)) return lane.methods.wait(method, candidate.deliveryId, monotonicNow());
    if (method === candidate.method) return 0;
    candidate.method = method;
    return 1;
  }

  private slowDown({ lane, candidate }: Turn, method: string, now: number, afterMs: number): void {
    if (method === 'chat.postMessage' || candidate.installationId === null) lane.posting.refused(now, afterMs);
    else lane.methods.refused(method, now, afterMs);
  }

  private async goBack(turn: Turn, claimed: Claimed, again: Return): Promise<void> {
    await this.takeBack([claimed]);
    this.turns.ended(turn, { kind: 'again', ...again });
  }

  /** It has ended in the ledger without anything to send. */
  private drop(turn: Turn, { attemptId }: Claimed): void {
    this.live.delete(attemptId);
    turn.lane.forget(turn.candidate.deliveryId);
    this.turns.ended(turn, { kind: 'done' });
  }

  private async readUnknown(turns: Turn[]): Promise<void> {
    try {
      const rows = await readUnknown(
        this.pool,
        turns.map((turn) => turn.candidate.deliveryId),
      );
      const unknown = new Map(rows.map((row) => [row.deliveryId, row]));
      await this.abandon(turns.filter((turn) => !unknown.has(turn.candidate.deliveryId)));
      for (const turn of turns) {
        const delivery = unknown.get(turn.candidate.deliveryId);
        if (delivery) void this.reconcile(turn, delivery);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'attempts without an answer could not be read; trying again');
      for (const turn of turns)
        this.turns.ended(turn, { kind: 'again', readyAt: monotonicNow() + databasePauseMs, unknown: true });
    }
  }

  private async reconcile(turn: Turn, delivery: Claimed): Promise<void> {
    const guard = { reserve: (method: string) => this.mayCall(turn, method) };
    const found = await this.channels[delivery.destination.kind]
      .reconcile(delivery, guard)
      .catch((error: unknown): ReconcileResult => {
        this.log.error({ err: error, deliveryId: delivery.deliveryId }, 'a channel threw while reconciling');
        return { kind: 'later' };
      });
    if (found.kind === 'later' && found.limited !== undefined)
      turn.lane.methods.refused(found.limited, monotonicNow(), found.afterMs ?? 1_000);
    const result = settleUnknown(delivery, found, this.policy);
    this.metrics.reconciled(found.kind, result.state);
    this.conclude(turn, result);
  }

  private async takeBack(claims: readonly Pick<Claimed, 'deliveryId' | 'attemptId'>[]): Promise<void> {
    await unclaimInsistently(this.pool, claims);
    for (const { attemptId } of claims) this.live.delete(attemptId);
  }

  /** A settled delivery frees its channel at once; one that stays keeps its place until the ledger knows. */
  private conclude(turn: Turn, result: Result): void {
    if (result.terminal) this.turns.ended(turn, { kind: 'done' });
    this.results.add({ ...turn, result });
  }

  private async record(endings: Ending[]): Promise<void> {
    const { states, fallbacks } = await recordInsistently(
      this.pool,
      endings.map((ending) => ending.result),
    );
    checkpoint('result.stored');
    if (fallbacks.length > 0) this.turns.created(fallbacks);
    for (const { lane, candidate, result } of endings) {
      this.live.delete(result.attemptId);
      const state = states.get(result.deliveryId);
      if (result.terminal) {
        lane.forget(candidate.deliveryId);
        // Taken back while it was being posted: it stands in its queue again, as a deletion.
        if (state === 'ready')
          this.turns.created([{ lane: lane.id, channel: candidate.channel, rank: candidate.rank }]);
      } else if (state === 'ready' || state === 'unknown') {
        this.turns.ended(
          { lane, candidate },
          { kind: 'again', readyAt: monotonicNow() + result.afterMs, unknown: state === 'unknown' },
        );
      } else this.turns.ended({ lane, candidate }, { kind: 'stale' });
    }
  }
}

const mainMethods: readonly string[] = ['chat.postMessage', 'chat.update', 'chat.delete'] satisfies MainMethod[];
const isMain = (method: string): method is MainMethod => mainMethods.includes(method);
