// Moves deliveries through the lanes this process owns: heads → claims → sends → results. Promises: a request is written
// only under a lease that outlasts the call; every end is recorded, also when the lane has gone to another process
// meanwhile; idle lanes cost nothing. Batches over lanes form by themselves (Gatherer).
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { ChannelKind } from '@carillon/domain';
import { isDatabaseUnavailable } from '@carillon/persistence';
import { createLogger } from '@carillon/telemetry';
import { inAttemptSpan } from '../attempt-span.ts';
import type { Channel } from '../channels/channel.ts';
import { claim, readUnknown, unclaim, type Claimed } from '../ledger/claims.ts';
import { expireIfDue } from '../ledger/housekeeping.ts';
import { headsOfChannels, headsOfLanes, window, type Heads } from '../ledger/queue.ts';
import { record, type Result } from '../ledger/results.ts';
import { settle, settleUnknown, type SettlePolicy } from '../ledger/settle.ts';
import { Gatherer } from './gatherer.ts';
import type { Candidate, Lane, Rank } from './lane.ts';
import type { Lease } from './lease.ts';
import { deliveryMetrics } from '../metrics.ts';
import { monotonicNow } from './pacing.ts';
import { WakeQueue } from './wake-queue.ts';

export interface DispatcherSettings extends SettlePolicy {
  /** The longest a call to Slack or to the mail server may take. */
  callTimeoutMs: number;
  perLane: number;
  perProcess: number;
}

interface Turn {
  lane: Lane;
  candidate: Candidate;
}

/** What to read of a lane: one channel, or all of it. */
interface Look {
  lane: Lane;
  channel?: string;
}

/** A delivery that has just come into the ledger. */
export interface Arrival {
  lane: string;
  channel: string;
  rank: Rank;
}

interface Ending extends Turn {
  result: Result;
}

const databasePauseMs = 500;

export class Dispatcher {
  private readonly lanes = new Map<string, Lane>();
  private readonly wakes = new WakeQueue<Lane>();
  private readonly hungry = new Set<Lane>();
  private readonly held = new Set<string>();
  private readonly drains = new Map<Lane, () => void>();
  private readonly log = createLogger('dispatcher');
  private readonly metrics = deliveryMetrics();
  private readonly looks = new Gatherer<Look>((looks) => this.look(looks), 2_000);
  private readonly claims = new Gatherer<Turn>((turns) => this.claim(turns));
  private readonly unknowns = new Gatherer<Turn>((turns) => this.resolveUnknown(turns));
  private readonly results = new Gatherer<Ending>((endings) => this.record(endings));
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Infinity;
  private inFlight = 0;
  private stopping = false;
  podId = '';

  constructor(
    private readonly pool: Pool,
    private readonly lease: Lease,
    private readonly channels: Record<ChannelKind, Channel>,
    private readonly settings: DispatcherSettings,
  ) {}

  /** Takes over lanes that the ledger says are ours. */
  adopt(lanes: readonly Lane[]): void {
    for (const lane of lanes) {
      this.lanes.set(lane.id, lane);
      for (const installationId of this.held) lane.hold(installationId, Infinity);
      this.looks.add({ lane });
    }
  }

  owned(): Lane[] {
    return [...this.lanes.values()];
  }

  /** Somebody else owns them now: nothing more is taken; what is in flight is still recorded. */
  drop(laneIds: readonly string[]): void {
    for (const id of laneIds) {
      const lane = this.lanes.get(id);
      if (!lane) continue;
      this.lanes.delete(id);
      this.wakes.cancel(lane);
      this.hungry.delete(lane);
    }
  }

  /** Stops taking from a lane and resolves when nothing of it is in flight. */
  async drain(laneIds: readonly string[]): Promise<void> {
    const busy = laneIds.map((id) => this.lanes.get(id)).filter((lane) => lane !== undefined && lane.inFlight > 0);
    this.drop(laneIds);
    await Promise.all(busy.map((lane) => new Promise<void>((resolve) => this.drains.set(lane!, resolve))));
    await this.results.settled();
  }

  /** New deliveries. Answers with their lanes that are not ours. */
  arrived(arrivals: Iterable<Arrival>): string[] {
    const elsewhere = new Set<string>();
    const seen = new Set<string>();
    for (const { lane: id, channel, rank } of arrivals) {
      const lane = this.lanes.get(id);
      if (!lane) elsewhere.add(id);
      else if (!seen.has(`${id} ${channel}`) && lane.wants(channel, rank)) {
        seen.add(`${id} ${channel}`);
        this.looks.add({ lane, channel });
      }
    }
    return [...elsewhere];
  }

  /** Lanes got work of which only their names are known; those of others are none of our business. */
  wake(laneIds: readonly string[]): void {
    for (const id of laneIds) {
      const lane = this.lanes.get(id);
      if (lane) this.looks.add({ lane });
    }
  }

  /** Looks at every lane again: after a renewed lease, or as the net below lost wake-ups. */
  wakeAll(): void {
    for (const lane of this.lanes.values()) this.looks.add({ lane });
  }

  /** Forgets channels that have nothing left to pace. */
  tidy(): void {
    for (const lane of this.lanes.values()) lane.prune(monotonicNow());
  }

  /** Keeps an installation's deliveries back until `release`. */
  hold(installationId: string): void {
    this.held.add(installationId);
    for (const lane of this.lanes.values()) lane.hold(installationId, Infinity);
  }

  release(installationId: string): void {
    this.held.delete(installationId);
    for (const lane of this.lanes.values()) {
      lane.release(installationId, monotonicNow());
      this.pump(lane);
    }
  }

  /** Takes nothing more; resolves when all that was in flight is recorded. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.drain([...this.lanes.keys()]);
  }

  private pump(lane: Lane): void {
    if (this.stopping || this.lanes.get(lane.id) !== lane || !this.lease.outlasts(this.settings.callTimeoutMs)) return;
    const now = monotonicNow();
    const laneRoom = this.settings.perLane - lane.inFlight;
    const processRoom = this.settings.perProcess - this.inFlight;
    // A full lane goes on when one of its own ends; a full process serves the lanes that came too late in turn.
    if (laneRoom <= 0) return;
    if (processRoom <= 0) {
      this.hungry.add(lane);
      return;
    }
    const room = Math.min(laneRoom, processRoom);
    const taken = lane.take(now, room);
    this.inFlight += taken.length;
    for (const candidate of taken) (candidate.unknown ? this.unknowns : this.claims).add({ lane, candidate });
    for (const channel of lane.takeDry()) this.looks.add({ lane, channel });
    const wakeAt = lane.nextWake(now);
    if (taken.length === room) {
      if (processRoom < laneRoom) this.hungry.add(lane);
    } else if (wakeAt === null) this.wakes.cancel(lane);
    else {
      this.wakes.schedule(lane, wakeAt);
      this.arm();
    }
  }

  private arm(): void {
    const next = this.wakes.next();
    if (next === null || next >= this.timerAt) return;
    clearTimeout(this.timer);
    this.timerAt = next;
    this.timer = setTimeout(() => {
      this.timerAt = Infinity;
      const now = monotonicNow();
      for (let lane = this.wakes.due(now); lane; lane = this.wakes.due(now)) this.pump(lane);
      this.arm();
    }, Math.min(next - monotonicNow(), 60_000));
  }

  private async look(looks: Look[]): Promise<void> {
    const ours = looks.filter(({ lane }) => this.lanes.get(lane.id) === lane);
    const whole = new Set(ours.filter((look) => look.channel === undefined).map(({ lane }) => lane));
    const channels = new Map<Lane, Set<string>>();
    for (const { lane, channel } of ours) {
      if (channel === undefined || whole.has(lane)) continue;
      const keys = channels.get(lane) ?? new Set();
      channels.set(lane, keys.add(channel));
    }
    try {
      if (whole.size > 0) this.offer([...whole], await headsOfLanes(this.pool, [...whole].map((lane) => lane.id)));
      if (channels.size === 0) return;
      const pairs = [...channels].flatMap(([lane, keys]) => [...keys].map((channel) => ({ lane: lane.id, channel })));
      this.offer([...channels.keys()], await headsOfChannels(this.pool, pairs), channels);
    } catch (error) {
      this.log.warn({ err: error }, 'the queues could not be read; trying again');
      setTimeout(() => looks.forEach((look) => this.looks.add(look)), databasePauseMs).unref();
    }
  }

  private offer(lanes: readonly Lane[], heads: Heads, asked?: ReadonlyMap<Lane, ReadonlySet<string>>): void {
    const now = monotonicNow();
    for (const lane of lanes) {
      const keys = asked?.get(lane);
      lane.offer(heads.get(lane.id) ?? [], window, now, keys && [...keys]);
      this.pump(lane);
    }
  }

  private async claim(turns: Turn[]): Promise<void> {
    const byAttempt = new Map(turns.map((turn) => [randomUUID() as string, turn]));
    try {
      const claims = [...byAttempt].map(([attemptId, { lane, candidate }]) => ({
        deliveryId: candidate.deliveryId,
        attemptId,
        lane: lane.id,
        epoch: lane.epoch,
      }));
      for (const claimed of await claim(this.pool, this.podId, claims)) {
        const turn = byAttempt.get(claimed.attemptId)!;
        byAttempt.delete(claimed.attemptId);
        void this.send(turn, claimed);
      }
      await this.abandon([...byAttempt.values()]);
    } catch (error) {
      this.log.warn({ err: error, claims: turns.length }, 'claims failed; taking them back');
      await this.takeBack([...byAttempt.keys()]);
      for (const turn of byAttempt.values()) this.finish(turn, { readyAt: monotonicNow(), unknown: false });
    }
  }

  /** Could not be claimed: expired, cancelled, sent meanwhile, or not our lane any more. */
  private async abandon(turns: Turn[]): Promise<void> {
    if (turns.length === 0) return;
    await expireIfDue(this.pool, turns.map((turn) => turn.candidate.deliveryId));
    for (const turn of turns) {
      turn.lane.forget(turn.candidate.deliveryId);
      this.finish(turn);
    }
  }

  private async send(turn: Turn, delivery: Claimed): Promise<void> {
    const { lane, candidate } = turn;
    const startedAt = new Date();
    let writtenAt = 0;
    const beforeWrite = (): boolean => {
      if (this.stopping || !this.lease.outlasts(this.settings.callTimeoutMs)) return false;
      writtenAt = monotonicNow();
      lane.written(candidate, writtenAt);
      return true;
    };
    const end = await inAttemptSpan(delivery, () => this.channels[delivery.destination.kind].deliver(delivery, beforeWrite));
    const now = monotonicNow();
    if (writtenAt > 0) lane.answered(candidate, writtenAt, now);
    this.metrics.attempt(delivery, end, now - writtenAt);
    if (end.kind === 'not_written') {
      if (end.holdMs && candidate.installationId) lane.hold(candidate.installationId, now + end.holdMs);
      await this.takeBack([delivery.attemptId]);
      this.finish(turn, { readyAt: now, unknown: false });
      return;
    }
    if (end.kind === 'retry' && end.slowDown) lane.posting.refused(now, end.delayMs ?? 1_000);
    const result = settle(delivery, end, startedAt, this.settings);
    // A settled delivery frees its channel at once; one that stays keeps its place until the ledger knows.
    if (result.terminal) this.finish(turn);
    this.results.add({ ...turn, result });
  }

  private async resolveUnknown(turns: Turn[]): Promise<void> {
    try {
      const unknown = new Map((await readUnknown(this.pool, turns.map((turn) => turn.candidate.deliveryId))).map((row) => [row.deliveryId, row]));
      await this.abandon(turns.filter((turn) => !unknown.has(turn.candidate.deliveryId)));
      for (const turn of turns) {
        const delivery = unknown.get(turn.candidate.deliveryId);
        if (delivery) void this.reconcile(turn, delivery);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'attempts without an answer could not be read; trying again');
      await pause(databasePauseMs);
      for (const turn of turns) this.finish(turn, { readyAt: monotonicNow(), unknown: true });
    }
  }

  private async reconcile(turn: Turn, delivery: Claimed): Promise<void> {
    const finding = await this.channels[delivery.destination.kind].reconcile(delivery);
    const result = settleUnknown(delivery, finding);
    this.metrics.reconciled(finding.kind, result.state);
    if (result.terminal) this.finish(turn);
    this.results.add({ ...turn, result });
  }

  private async record(endings: Ending[]): Promise<void> {
    const states = await this.recordDurably(endings.map((ending) => ending.result));
    for (const { lane, candidate, result } of endings) {
      const state = states.get(result.deliveryId);
      if (!result.terminal) {
        const queued = state === 'ready' || state === 'unknown';
        this.finish({ lane, candidate }, queued ? { readyAt: monotonicNow() + result.afterMs, unknown: state === 'unknown' } : undefined);
        if (queued) continue;
      }
      lane.forget(candidate.deliveryId);
    }
  }

  /** Tries until the database has the results; only a result the database refuses for itself is given up, loudly. */
  private async recordDurably(results: Result[]): Promise<Map<string, Result['state']>> {
    for (;;) {
      try {
        return await record(this.pool, results);
      } catch (error) {
        if (isDatabaseUnavailable(error)) {
          this.log.warn({ err: error, results: results.length }, 'results could not be recorded; trying again');
          await pause(databasePauseMs);
        } else if (results.length > 1) {
          const parts = await Promise.all(results.map((result) => this.recordDurably([result])));
          return new Map(parts.flatMap((part) => [...part]));
        } else {
          this.log.error({ err: error, deliveryId: results[0]?.deliveryId }, 'a result was refused by the database');
          return new Map();
        }
      }
    }
  }

  /** Undoes claims that wrote nothing; goes on until the database took it. */
  private async takeBack(attemptIds: string[]): Promise<void> {
    for (;;) {
      try {
        await unclaim(this.pool, attemptIds);
        return;
      } catch (error) {
        if (!isDatabaseUnavailable(error)) throw error;
        await pause(databasePauseMs);
      }
    }
  }

  private finish({ lane, candidate }: Turn, again?: { readyAt: number; unknown: boolean }): void {
    this.inFlight--;
    lane.finish(candidate, monotonicNow(), again);
    if (lane.inFlight === 0) {
      this.drains.get(lane)?.();
      this.drains.delete(lane);
    }
    this.pump(lane);
    for (const waiting of [...this.hungry]) {
      if (this.inFlight >= this.settings.perProcess) break;
      this.hungry.delete(waiting);
      this.pump(waiting);
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
