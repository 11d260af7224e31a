// Which lanes this process owns. Once a second: see which processes are alive, take or give lanes towards an even
// share. The lease is renewed apart from this (lease-session.ts), so nothing that a round waits for ends it.
// Guarantees: the lanes of a killed process move within 5 s, those of a frozen one within its lease + 5 s; a process
// that lost its lease drops its lanes before it does anything else; an assignment that was committed unheard is found
// again; a lane that somebody else has locked keeps no other from its owner.
import type { Pool, PoolClient } from 'pg';
import { defineStatement } from '@carillon/persistence';
import { createLogger } from '@carillon/telemetry';
import type { Arrival } from '../model/queued-delivery.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import { countLanes, releaseLanes, ownLanes, acquireLanes } from './lane-assignments.ts';
import type { Lane } from '../dispatch/lane.ts';
import { lanesAcquired, lanesLost } from '../metrics.ts';
import type { Lease } from './lease.ts';
import { lanesChannel, LeaseSession } from './lease-session.ts';
import { monotonicNow } from '../model/clock.ts';
import { leave, PodWatch, type Pod } from './pods.ts';
import type { LaneSnapshot } from '../model/lane-assignment.ts';
import type { CreateLane } from '../dispatch/lane-factory.ts';
import { fairShare } from './fair-share.ts';

const roundMs = 1_000;
const lanesAtFirst = 50;
/** In so many rounds every lane is read once, whoever woke it or not. */
const netEvery = 15;
/** As a payload: any lane may have work. */
const allLanes = '*';
/** NOTIFY refuses payloads of 8,000 bytes and more. */
const payloadMost = 7_500;

export interface OwnershipPools {
  /** Of the service. */
  service: Pool;
  /** Three connections that give up early: the session of the lease, the rounds, what is given back. */
  ownership: Pool;
}

export class Ownership {
  private readonly log = createLogger('ownership');
  private readonly watch = new PodWatch();
  private readonly session: LeaseSession;
  /** Lanes on their way back: no longer used, not yet free. */
  private readonly releasing = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private rounds = 0;
  private again = false;
  private stopping = false;

  constructor(
    private readonly pools: OwnershipPools,
    private readonly lease: Lease,
    private readonly dispatcher: Dispatcher,
    private readonly createLane: CreateLane,
    private readonly restMs: number,
  ) {
    this.session = new LeaseSession(pools.ownership, lease, {
      entered: ({ podId }) => {
        dispatcher.podId = podId;
        this.assignNow();
      },
      lost: () => dispatcher.drop(dispatcher.owned().map((lane) => lane.id)),
      renewed: (stalled) => {
        if (stalled) dispatcher.wakeAll();
      },
      heard: (payload) => this.heard(payload),
    });
  }

  async start(): Promise<void> {
    await this.session.start();
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
      await this.run();
      if (!this.stopping && !this.again) this.timer = setTimeout(() => this.assignNow(), roundMs);
    });
  }

  /** Deliveries stand in queues now: their lanes are read, here or wherever they are owned. */
  async announce(arrivals: Iterable<Arrival>, { newLanes = true } = {}): Promise<void> {
    const elsewhere = this.dispatcher.arrived(arrivals);
    if (elsewhere.length === 0) return;
    if (newLanes) this.assignNow();
    await this.wakeOthers(elsewhere);
  }

  /** Lanes of other processes got work; none named: ownership or pauses changed. */
  async wakeOthers(laneIds: readonly string[]): Promise<void> {
    const payload = laneIds.join(' ');
    const tooLong = Buffer.byteLength(payload) > payloadMost;
    await this.pools.service.query(notify({ channel: lanesChannel, payload: tooLong ? allLanes : payload }));
  }

  /** Lanes of other processes, whichever they are, may have work. */
  async wakeAll(): Promise<void> {
    await this.pools.service.query(notify({ channel: lanesChannel, payload: allLanes }));
  }

  /** Whether this process takes part: it has a lease. */
  ready(): true | string {
    return this.lease.coversCall() ? true : 'no lease on lanes';
  }

  /** The lease is renewed until the lanes are given back. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.round;
    const lanes = this.dispatcher.owned();
    await this.dispatcher.stop();
    try {
      const { pod } = this.session;
      if (!pod) return;
      await releaseLanes(this.pools.ownership, pod.podId, lanes.map(snapshotOf));
      await this.session.stop();
      await leave(this.pools.ownership, pod);
      await this.wakeOthers([]);
    } finally {
      await this.session.stop();
    }
  }

  private async run(): Promise<void> {
    const { pod } = this.session;
    if (this.stopping || !pod) return;
    let client: PoolClient | undefined;
    try {
      client = await this.pools.ownership.connect();
      client.on('error', ignore);
      await this.balance(client, pod);
      this.dispatcher.wakeSome(this.rounds++ % netEvery, netEvery);
      client.off('error', ignore);
      client.release();
    } catch (error) {
      this.log.warn({ err: error }, 'the round of lanes failed; trying again');
      // Whatever became of the connection's last statement, nothing more is asked of it.
      client?.release(true);
    }
  }

  private async balance(client: PoolClient, pod: Pod): Promise<void> {
    const ours = new Map((await ownLanes(client, pod.podId)).map((lane) => [lane.laneId, lane]));
    if (this.session.pod !== pod) return;
    const lost = this.dispatcher
      .owned()
      .filter((lane) => ours.get(lane.id)?.epoch !== lane.epoch)
      .map((lane) => lane.id);
    if (lost.length > 0) {
      lanesLost.inc(lost.length);
      this.log.warn({ lanes: lost.length }, 'lanes were taken over by another process');
      this.dispatcher.drop(lost);
    }
    this.dispatcher.pause(new Set([...ours.values()].filter((lane) => lane.paused).map((lane) => lane.laneId)));
    const living = await this.watch.living(client, monotonicNow());
    const owned = this.dispatcher.owned();
    const holds = [...owned.map((lane) => lane.id), ...this.releasing];
    const known = new Set(holds);
    const unheard = [...ours.keys()].filter((id) => !known.has(id)).length;
    const { total, free } = await countLanes(client, living);
    const share = fairShare({ total, free: free + unheard, mine: owned.length }, pod.podId, living);
    // The first few are at work while the others are taken.
    for (let [left, most] = [share.take, lanesAtFirst]; left > 0; most *= 4) {
      const asker = { podId: pod.podId, living, holds };
      const assignments = await acquireLanes(client, asker, Math.min(left, most), this.restMs);
      // Without the lease that it asked under the process owns nothing; whoever lives finds these lanes free.
      if (this.session.pod !== pod) return;
      if (assignments.length === 0) break;
      lanesAcquired.inc(assignments.length);
      this.log.info({ lanes: assignments.length }, 'took lanes');
      this.dispatcher.adopt(assignments.map((assignment) => this.createLane(assignment)));
      holds.push(...assignments.map(({ laneId }) => laneId));
      left -= assignments.length;
    }
    if (share.give > 0) void this.release(pod, owned.slice(-share.give));
  }

  /** Hands lanes back once nothing of them is in flight; without waiting, so that the rounds go on. */
  private async release(pod: Pod, lanes: Lane[]): Promise<void> {
    for (const lane of lanes) this.releasing.add(lane.id);
    try {
      await this.dispatcher.drain(lanes.map((lane) => lane.id));
      await releaseLanes(this.pools.ownership, pod.podId, lanes.map(snapshotOf));
      this.log.info({ lanes: lanes.length }, 'gave lanes back');
    } catch (error) {
      // They are ours in the database and nobody's in memory: the next round takes them up again.
      this.log.warn({ err: error }, 'lanes could not be given back');
    } finally {
      for (const lane of lanes) this.releasing.delete(lane.id);
    }
  }

  private heard(payload: string): void {
    if (payload === allLanes) this.dispatcher.wakeAll();
    else if (payload === '') this.assignNow();
    else this.dispatcher.wake(payload.split(' '));
  }
}

const notify = defineStatement({
  parameters: { channel: 'text', payload: 'text' },
  text: (p) => `SELECT pg_notify(${p.channel}, ${p.payload})`,
});

/** The statement under way reports the loss of its connection. */
const ignore = (): void => undefined;

const snapshotOf = (lane: Lane): LaneSnapshot => lane.snapshot(monotonicNow());
