// Which lanes this process owns. One loop: renew the lease, see which processes are alive, take or give lanes towards
// an even share. Guarantees: the lanes of a killed process move within 5 s, those of a frozen one within its lease + 5
// s; a process that lost its lease drops its lanes before it does anything else; an assignment that was committed
// unheard is found again.
import { randomInt, randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { createLogger } from '@carillon/telemetry';
import type { Arrival } from '../model/queued-delivery.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import { countLanes, releaseLanes, ownLanes, acquireLanes } from './lane-assignments.ts';
import type { Lane } from '../dispatch/lane.ts';
import type { Lease } from './lease.ts';
import { monotonicNow } from '../model/clock.ts';
import { enter, leave, lock, PodWatch, renew, type Pod } from './pods.ts';
import type { LaneSnapshot } from '../model/lane-assignment.ts';
import type { CreateLane } from '../dispatch/lane-factory.ts';
import { fairShare } from './fair-share.ts';

const roundMs = 1_000;
/** In so many rounds every lane is looked at once, whoever woke it or not. */
const netEvery = 15;
const lanesChannel = 'lanes';
/** NOTIFY refuses payloads of 8,000 bytes and more. */
const payloadMost = 7_500;

export class Ownership {
  private readonly log = createLogger('ownership');
  private readonly watch = new PodWatch();
  /** Lanes on their way back: no longer used, not yet free. */
  private readonly releasing = new Set<string>();
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
    private readonly createLane: CreateLane,
    private readonly restMs: number,
  ) {}

  async start(): Promise<void> {
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
      await releaseLanes(this.pool, this.pod.podId, lanes.map(snapshotOf));
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
      return roundMs;
    } catch (error) {
      this.log.warn({ err: error }, 'the round of lanes failed; trying again');
      // Whatever became of the session's last statement, nothing more is asked of it.
      this.loseSession();
      return roundMs;
    }
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
    const holds = [...owned.map((lane) => lane.id), ...this.releasing];
    const known = new Set(holds);
    const unheard = [...ours.keys()].filter((id) => !known.has(id)).length;
    const { total, free } = await countLanes(session, living);
    const share = fairShare({ total, free: free + unheard, mine: owned.length }, pod.podId, living);
    const asker = { podId: pod.podId, living, holds };
    if (share.take > 0) {
      const assignments = await acquireLanes(session, asker, share.take, this.restMs);
      if (assignments.length > 0) this.log.info({ lanes: assignments.length }, 'took lanes');
      this.dispatcher.adopt(assignments.map((assignment) => this.createLane(assignment)));
    }
    if (share.give > 0) void this.release(pod, owned.slice(-share.give));
  }

  /** Hands lanes back once nothing of them is in flight; without waiting, so that the lease goes on. */
  private async release(pod: Pod, lanes: Lane[]): Promise<void> {
    for (const lane of lanes) this.releasing.add(lane.id);
    try {
      await this.dispatcher.drain(lanes.map((lane) => lane.id));
      await releaseLanes(this.pool, pod.podId, lanes.map(snapshotOf));
      this.log.info({ lanes: lanes.length }, 'gave lanes back');
    } catch (error) {
      // They are ours in the database and nobody's in memory: the next round takes them up again.
      this.log.warn({ err: error }, 'lanes could not be given back');
    } finally {
      for (const lane of lanes) this.releasing.delete(lane.id);
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

const snapshotOf = (lane: Lane): LaneSnapshot => lane.snapshot(monotonicNow());
