// Which lanes this process owns. One loop: renew the lease, see who lives, take or give lanes towards an even share,
// let due deliveries into their queues. Promises: a killed process's lanes move within 5 s, a frozen one's within its
// lease + 5 s; a process that lost its lease drops everything before it does anything else; what the database grants
// unheard, or shows as under way although nobody carries it out, is found again.
import { randomInt, randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { createLogger } from '@carillon/telemetry';
import { expireDue, expireHeld, prepareDays, releaseDue } from '../maintenance/expiry.ts';
import type { Arrival } from '../model/queued-delivery.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import { releaseDigests } from '../ledger/digests.ts';
import { retire } from '../maintenance/retention.ts';
import {
  attemptsUnderWay,
  countLanes,
  giveBack,
  keepNews,
  ownLanes,
  sweepOrphans,
  takeLanes,
  type Grant,
  type LaneNews,
} from './lane-assignments.ts';
import type { Lane } from '../dispatch/lane.ts';
import type { Lease } from './lease.ts';
import { monotonicNow } from '../dispatch/pacing.ts';
import { enter, leave, lock, PodWatch, renew, type Pod } from './pods.ts';
import { shareOf } from './fair-share.ts';

const roundMs = 1_000;
/** In so many rounds every lane is looked at once, whoever woke it or not. */
const netEvery = 15;
const sweepEvery = 10;
const expireHeldEvery = 600;
const daysEvery = 6 * 3_600;
const retireEvery = 3_600;
const lanesChannel = 'lanes';
/** NOTIFY refuses payloads of 8,000 bytes and more. */
const payloadMost = 7_500;

export class Ownership {
  private readonly log = createLogger('ownership');
  private readonly watch = new PodWatch();
  /** Lanes on their way back: no longer used, not yet free. */
  private readonly handing = new Set<string>();
  private session: PoolClient | undefined;
  private pod: Pod | undefined;
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private rounds = 0;
  private again = false;
  private stopping = false;

  constructor(
    private readonly pool: Pool,
    private readonly lease: Lease,
    private readonly dispatcher: Dispatcher,
    private readonly makeLane: (grant: Grant) => Lane,
    private readonly restMs: number,
  ) {}

  async start(): Promise<void> {
    await prepareDays(this.pool);
    this.assignNow();
    await this.round;
  }

  /** New lanes exist: share them out without waiting for the next round. */
  assignNow(): void {
    if (this.stopping || this.again) return;
    this.again = true;
    clearTimeout(this.timer);
    this.round = this.round.then(async () => {
      this.again = false;
      const nextInMs = await this.run();
      if (!this.stopping && !this.again) this.timer = setTimeout(() => this.assignNow(), nextInMs);
    });
  }

  /** Deliveries stand in queues now: their lanes are looked at, here or wherever they are owned. */
  async announce(arrivals: Iterable<Arrival>, { newLanes = true } = {}): Promise<void> {
    const elsewhere = this.dispatcher.arrived(arrivals);
    if (elsewhere.length === 0) return;
    if (newLanes) this.assignNow();
    await this.wakeOthers(elsewhere);
  }

  /** Lanes of other processes got work; none named: ownership or pauses changed. */
  async wakeOthers(laneIds: readonly string[]): Promise<void> {
    const payload = laneIds.join(' ');
    await this.pool.query('SELECT pg_notify($1, $2)', [
      lanesChannel,
      Buffer.byteLength(payload) > payloadMost ? '*' : payload,
    ]);
  }

  /** Whether this process takes part: it has a lease. */
  ready(): true | string {
    return this.lease.coversCall() ? true : 'no lease on lanes';
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.round;
    const lanes = this.dispatcher.owned();
    await this.dispatcher.stop();
    try {
      if (!this.pod) return;
      await giveBack(this.pool, this.pod.podId, lanes.map(newsOf));
      await leave(this.pool, this.pod);
      await this.wakeOthers([]);
    } finally {
      this.session?.release(true);
    }
  }

  private async run(): Promise<number> {
    if (this.stopping) return roundMs;
    try {
      const session = await this.hold();
      const pod = this.pod!;
      const askedAt = monotonicNow();
      const stalled = !this.lease.coversCall();
      if (!(await renew(session, pod, this.lease.durationMs))) {
        this.loseEverything('the lease ran out');
        return 0;
      }
      this.lease.renewed(askedAt);
      await this.balance(session, pod);
      const round = this.rounds++;
      if (stalled) this.dispatcher.wakeAll();
      else this.dispatcher.wakeSome(round % netEvery, netEvery);
      return await this.tend(pod, round);
    } catch (error) {
      this.log.warn({ err: error }, 'the round of lanes failed; trying again');
      // Whatever became of the session's last statement, nothing more is asked of it.
      this.loseSession();
      return roundMs;
    }
  }

  /** What has nothing to do with the lease must not cost it. Answers with the ms to the next round. */
  private async tend(pod: Pod, round: number): Promise<number> {
    try {
      await this.keepHouse(pod, round);
      const due = await releaseDue(this.pool, pod.podId);
      this.dispatcher.wake([...due.lanes, ...(await releaseDigests(this.pool, pod.podId))]);
      return Math.min(roundMs, Math.max(20, due.nextInMs ?? roundMs));
    } catch (error) {
      this.log.warn({ err: error }, 'what is due was not looked after; trying again');
      return roundMs;
    }
  }

  private async keepHouse(pod: Pod, round: number): Promise<void> {
    await expireDue(this.pool, pod.podId);
    const now = monotonicNow();
    await keepNews(
      this.pool,
      pod.podId,
      this.dispatcher.owned().flatMap((lane) => lane.freshNews(now) ?? []),
    );
    if (round % expireHeldEvery === 0) await expireHeld(this.pool, pod.podId);
    if (round % daysEvery === 0) await prepareDays(this.pool);
    if (round % retireEvery === 0) this.retire();
    if (round % sweepEvery !== 0) return;
    const lanes = this.dispatcher.owned().map((lane) => lane.id);
    const attempts = await attemptsUnderWay(this.pool, lanes);
    const orphans = new Set(this.dispatcher.orphans(attempts.map((attempt) => attempt.attemptId)));
    if (orphans.size === 0) return;
    const swept = await sweepOrphans(
      this.pool,
      attempts.filter((attempt) => orphans.has(attempt.attemptId)),
      this.restMs,
    );
    if (swept > 0) this.log.warn({ attempts: swept }, 'attempts that nobody carried out became unknown');
    this.dispatcher.wake(lanes);
  }

  /** Beside the round: what is old can wait, a lease cannot. */
  private retire(): void {
    retire(this.pool).catch((error: unknown) =>
      this.log.warn({ err: error }, 'what is old was not removed; it is tried again'),
    );
  }

  private async balance(session: PoolClient, pod: Pod): Promise<void> {
    const ours = new Map((await ownLanes(session, pod.podId)).map((lane) => [lane.laneId, lane]));
    const lost = this.dispatcher
      .owned()
      .filter((lane) => ours.get(lane.id)?.epoch !== lane.epoch)
      .map((lane) => lane.id);
    if (lost.length > 0) {
      this.log.warn({ lanes: lost.length }, 'lanes were taken over by another process');
      this.dispatcher.drop(lost);
    }
    this.dispatcher.pause(new Set([...ours.values()].filter((lane) => lane.paused).map((lane) => lane.laneId)));
    const living = await this.watch.living(session, monotonicNow());
    const owned = this.dispatcher.owned();
    const holds = [...owned.map((lane) => lane.id), ...this.handing];
    const known = new Set(holds);
    const unheard = [...ours.keys()].filter((id) => !known.has(id)).length;
    const { total, free } = await countLanes(session, living);
    const share = shareOf({ total, free: free + unheard, mine: owned.length }, pod.podId, living);
    const asker = { podId: pod.podId, living, holds };
    if (share.take > 0) {
      const grants = await takeLanes(session, asker, share.take, this.restMs);
      if (grants.length > 0) this.log.info({ lanes: grants.length }, 'took lanes');
      this.dispatcher.adopt(grants.map((grant) => this.makeLane(grant)));
    }
    if (share.give > 0) void this.hand(pod, owned.slice(-share.give));
  }

  /** Hands lanes back once nothing of them is in flight; without waiting, so that the lease goes on. */
  private async hand(pod: Pod, lanes: Lane[]): Promise<void> {
    for (const lane of lanes) this.handing.add(lane.id);
    try {
      await this.dispatcher.drain(lanes.map((lane) => lane.id));
      await giveBack(this.pool, pod.podId, lanes.map(newsOf));
      this.log.info({ lanes: lanes.length }, 'gave lanes back');
    } catch (error) {
      // They are ours in the database and nobody's in memory: the next round takes them up again.
      this.log.warn({ err: error }, 'lanes could not be given back');
    } finally {
      for (const lane of lanes) this.handing.delete(lane.id);
    }
  }

  /** The session that holds our lock and hears of work; a new one after a break. */
  private async hold(): Promise<PoolClient> {
    if (this.session && this.pod) return this.session;
    const session = await this.pool.connect();
    session.on('error', (error) => {
      this.log.warn({ err: error }, 'the session of the lease broke');
      if (this.session === session) this.loseSession();
    });
    session.on('notification', ({ payload }) => this.heard(payload ?? ''));
    try {
      await session.query(`LISTEN ${lanesChannel}`);
      if (!this.pod) {
        const pod = { podId: randomUUID(), lockKey: randomInt(2 ** 31) };
        await enter(session, pod, this.lease.durationMs);
        this.pod = pod;
        this.dispatcher.podId = pod.podId;
      } else if (!(await lock(session, this.pod))) {
        // The server still keeps a session of ours that is gone for us: waiting for it could take hours.
        this.loseEverything('the lock of the lease is out of reach');
        throw new Error('the lock of the lease is out of reach');
      }
    } catch (error) {
      session.release(true);
      throw error;
    }
    this.session = session;
    return session;
  }

  private heard(payload: string): void {
    if (payload === '*') this.dispatcher.wakeAll();
    else if (payload === '') this.assignNow();
    else this.dispatcher.wake(payload.split(' '));
  }

  private loseSession(): void {
    this.session?.release(true);
    this.session = undefined;
    this.lease.lost();
  }

  private loseEverything(why: string): void {
    this.log.warn(why);
    this.dispatcher.drop(this.dispatcher.owned().map((lane) => lane.id));
    this.loseSession();
    this.pod = undefined;
  }
}

const newsOf = (lane: Lane): LaneNews => lane.news(monotonicNow());
