// The lanes that this process owns: what is read of their queues, and when each sends next. Guarantees: idle lanes
// cost nothing; the slots of a channel kind are shared among its lanes, and lanes that wait for one are served in
// rotation (kind-slots.ts); a lost wake-up delays and never strands, because every lane is read again now and then.
import type { Pool } from 'pg';
import type { ChannelKind } from '@carillon/domain';
import { checkpoint } from '@carillon/telemetry';
import type { Channel } from '../channels/channel.ts';
import { headsPerChannel } from '../ledger/queue.ts';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import { monotonicNow } from '../model/clock.ts';
import { HeadBudget } from '../model/head-budget.ts';
import { laneKindOf } from '../model/lane-id.ts';
import type { Arrival, QueuedDelivery } from '../model/queued-delivery.ts';
import type { SendPermit } from '../model/send-permit.ts';
import { Attempts, type AttemptPolicy, type Dispatch, type DispatchEnd } from './attempts.ts';
import { breakerMetrics } from './breaker-metrics.ts';
import { BreakerProbes } from './breaker-probes.ts';
import { KindSlots } from './kind-slots.ts';
import type { Lane } from './lane.ts';
import { QueueReader, readAgainMs } from './queue-reader.ts';
import { WakeQueue } from './wake-queue.ts';

/** A slot and a place in the lane for a delivery that is about to be stored. */
export interface Reservation extends Dispatch {
  attemptId: string;
}

export interface DispatcherSettings extends AttemptPolicy {
  /** Calls under way at once of one lane. */
  perLane: number;
  /** Queued deliveries in memory at once, over all lanes. */
  mostHeads: number;
}

const longestTimerMs = 60_000;

export class Dispatcher {
  private readonly lanes = new Map<string, Lane>();
  private readonly wakes = new WakeQueue<Lane>();
  private readonly slots: ReadonlyMap<ChannelKind, KindSlots>;
  private readonly withSlot = new Set<QueuedDelivery>();
  /** Installations whose deliveries are kept back. */
  private readonly held = new Set<string>();
  private readonly reader: QueueReader;
  private readonly attempts: Attempts;
  private readonly probes: BreakerProbes;
  readonly budget: HeadBudget;
  private whenEmpty: { lanes: ReadonlySet<Lane> | undefined; resolve: () => void }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Infinity;
  private inFlight = 0;
  private stopping = false;
  podId = '';
  /** Deliveries that came out of others (a fallback): their lanes may be new, or another process's. */
  onCreated: (arrivals: Arrival[]) => void = () => undefined;

  constructor(
    pool: Pool,
    private readonly permit: SendPermit,
    channels: Readonly<Record<ChannelKind, Channel>>,
    private readonly settings: DispatcherSettings,
  ) {
    this.budget = new HeadBudget(settings.mostHeads);
    this.slots = new Map(
      Object.entries(channels).map(([kind, { limits }]) => [kind as ChannelKind, new KindSlots(limits.callsAtOnce)]),
    );
    this.reader = new QueueReader(pool, {
      owns: (lane) => this.owns(lane),
      offered: (lane) => this.pump(lane),
    });
    this.probes = new BreakerProbes(channels, (of) => {
      for (const lane of typeof of === 'string' ? this.owned() : [of])
        if (typeof of !== 'string' || laneKindOf(lane.id) === of) this.pump(lane);
    });
    breakerMetrics(() => this.lanes.values());
    this.attempts = new Attempts(pool, permit, channels, settings, {
      ended: (dispatch, end) => this.ended(dispatch, end),
      slotReleased: ({ lane, queued }) => {
        this.releaseSlot(lane, queued);
        this.serveWaiting(lane);
      },
      owns: ({ lane }) => !this.stopping && this.owns(lane),
      podId: () => this.podId,
      created: (arrivals) => this.onCreated(arrivals),
    });
  }

  /** Takes over lanes that the ledger says are ours. */
  adopt(lanes: readonly Lane[]): void {
    const now = monotonicNow();
    for (const lane of lanes) {
      this.lanes.set(lane.id, lane);
      for (const installationId of this.held) lane.hold(installationId, Infinity, now);
      this.reader.requestPages(lane);
    }
  }

  owned(): Lane[] {
    return [...this.lanes.values()];
  }

  /** Another process owns them now: nothing more is taken; what is in flight is still recorded. */
  drop(laneIds: readonly string[]): void {
    for (const id of laneIds) {
      const lane = this.lanes.get(id);
      if (!lane) continue;
      this.lanes.delete(id);
      this.wakes.cancel(lane);
      this.slotsOf(lane).forget(lane);
      lane.discard();
    }
  }

  /** Stops taking from lanes and resolves when nothing of them is in flight. */
  async drain(laneIds: readonly string[]): Promise<void> {
    const lanes = new Set(laneIds.map((id) => this.lanes.get(id)).filter((lane) => lane !== undefined));
    this.drop(laneIds);
    await this.empty(lanes);
  }

  /** Takes nothing more; resolves when all that was in flight is recorded, dropped lanes' work included. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.attempts.end();
    clearTimeout(this.timer);
    this.drop([...this.lanes.keys()]);
    await this.empty();
  }

  /** New deliveries. Returns their lanes that are not ours. */
  arrived(arrivals: Iterable<Arrival>): string[] {
    const elsewhere = new Set<string>();
    const touched = new Set<Lane>();
    const now = monotonicNow();
    for (const { lane: id, channel, priority, queued } of arrivals) {
      const lane = this.lanes.get(id);
      if (!lane) {
        elsewhere.add(id);
        continue;
      }
      if (!lane.isRead(priority)) {
        lane.miss([priority]);
        touched.add(lane);
      } else if (!lane.needsRead(channel, priority)) continue;
      else if (queued && !this.reader.pending(lane)) {
        lane.add([queued], headsPerChannel, now);
        touched.add(lane);
      } else this.reader.requestChannel(lane, channel);
    }
    for (const lane of touched) this.pump(lane);
    return [...elsewhere];
  }

  /** Lanes got work of which only their names are known; those of other processes are ignored. */
  wake(laneIds: readonly string[]): void {
    for (const id of laneIds) {
      const lane = this.lanes.get(id);
      if (lane) this.readAll(lane);
    }
  }

  /** Reads every lane again, after a renewed lease. */
  wakeAll(): void {
    this.wakeSome(0, 1);
  }

  /** Reads one of `parts` equal parts of the lanes again, since a wake-up may be lost. */
  wakeSome(part: number, parts: number): void {
    const now = monotonicNow();
    let n = 0;
    for (const lane of this.lanes.values()) {
      if (n++ % parts !== part) continue;
      lane.prune(now);
      this.readAll(lane);
    }
  }

  /** Keeps an installation's deliveries back until `release`. */
  hold(installationId: string): void {
    if (this.held.has(installationId)) return;
    this.held.add(installationId);
    const now = monotonicNow();
    for (const lane of this.lanes.values()) lane.hold(installationId, Infinity, now);
  }

  release(installationId: string): void {
    this.held.delete(installationId);
    for (const lane of this.lanes.values()) {
      lane.release(installationId, monotonicNow());
      this.pump(lane);
    }
  }

  /** Exactly these of our lanes are paused by an operator. */
  pause(laneIds: ReadonlySet<string>): void {
    for (const lane of this.lanes.values()) {
      if (lane.paused === laneIds.has(lane.id)) continue;
      lane.paused = !lane.paused;
      this.pump(lane);
    }
  }

  orphans(attemptIds: readonly string[]): string[] {
    return this.attempts.orphans(attemptIds);
  }

  /** Takes a delivery that is not in the ledger yet, if nothing of its lane waits and it could be sent at once. */
  reserve(laneId: string, queued: QueuedDelivery): Reservation | undefined {
    const lane = this.lanes.get(laneId);
    if (!lane || this.stopping || !this.permit.coversCall() || this.reader.pending(lane)) return undefined;
    const slots = this.slotsOf(lane);
    if (slots.anyWaitsForFirst || slots.roomFor(lane) < 1 || this.laneRoom(lane) < 1) return undefined;
    if (!lane.reserve(queued, monotonicNow())) return undefined;
    slots.take(lane);
    this.withSlot.add(queued);
    this.inFlight++;
    return { lane, queued, attemptId: this.attempts.newAttemptId() };
  }

  /** The ledger has stored it as claimed by the reservation's attempt. */
  start({ lane, queued }: Reservation, claimed: ClaimedDelivery, askedAt: number): void {
    checkpoint('claim.stored');
    void this.attempts.carry({ lane, queued }, claimed, askedAt);
  }

  /** The ledger has not stored it as claimed: it knows more than the lane. */
  cancel({ lane, queued, attemptId }: Reservation): void {
    this.attempts.forgetAttempt(attemptId);
    this.ended({ lane, queued }, { kind: 'stale' });
  }

  /** Nobody knows whether its claim was stored. */
  undo(reservation: Reservation): void {
    const { queued, attemptId } = reservation;
    void this.attempts.undo([{ deliveryId: queued.deliveryId, attemptId }]).then(() => this.cancel(reservation));
  }

  private owns(lane: Lane): boolean {
    return this.lanes.get(lane.id) === lane;
  }

  private slotsOf(lane: Lane): KindSlots {
    return this.slots.get(laneKindOf(lane.id))!;
  }

  /** How many more calls the lane itself permits, whatever its kind has free. */
  private laneRoom(lane: Lane): number {
    return Math.min(this.settings.perLane, lane.window) - this.slotsOf(lane).heldBy(lane);
  }

  private readAll(lane: Lane): void {
    lane.miss();
    this.reader.requestPages(lane);
  }

  /** Begins what may be sent now, and arranges for the lane to be asked again when more may be. */
  private pump(lane: Lane): void {
    if (this.stopping || !this.owns(lane) || !this.permit.coversCall()) return;
    const now = monotonicNow();
    this.probes.probeIfDue(lane, now);
    const slots = this.slotsOf(lane);
    const laneRoom = this.laneRoom(lane);
    const room = Math.min(laneRoom, slots.roomFor(lane));
    const taken = room > 0 ? lane.take(now, room) : [];
    slots.take(lane, taken.length);
    this.inFlight += taken.length;
    for (const queued of taken) {
      this.withSlot.add(queued);
      this.attempts.begin({ lane, queued });
    }
    for (const channel of lane.takeDrainedChannels()) this.reader.requestChannel(lane, channel);
    if (!this.reader.pending(lane) && lane.wantedPages(now).length > 0) this.reader.requestPages(lane);
    // A lane that took all it might goes on when one of its own dispatches ends, or when others release slots.
    if (taken.length === Math.max(0, room)) {
      if (laneRoom > taken.length) slots.wait(lane);
      return;
    }
    const wakeAt = lane.nextWake(now);
    if (wakeAt === null) this.wakes.cancel(lane);
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
    const inMs = Math.max(0, Math.min(next - monotonicNow(), longestTimerMs));
    this.timer = setTimeout(() => {
      this.timerAt = Infinity;
      const now = monotonicNow();
      for (let lane = this.wakes.due(now); lane; lane = this.wakes.due(now)) this.pump(lane);
      this.arm();
    }, inMs);
  }

  private ended({ lane, queued }: Dispatch, end: DispatchEnd): void {
    this.inFlight--;
    this.releaseSlot(lane, queued);
    lane.finish(queued, monotonicNow(), end.kind === 'again' ? end : undefined);
    if (end.kind === 'stale') {
      lane.forget(queued.deliveryId);
      setTimeout(() => {
        if (this.owns(lane)) this.reader.requestChannel(lane, queued.channel);
      }, readAgainMs).unref();
    }
    this.serveWaiting(lane);
    if (this.whenEmpty.length > 0) this.notifyEmpty();
  }

  private releaseSlot(lane: Lane, queued: QueuedDelivery): void {
    if (this.withSlot.delete(queued)) this.slotsOf(lane).release(lane);
  }

  private serveWaiting(lane: Lane): void {
    this.slotsOf(lane).serve(lane, (waiting) => this.pump(waiting));
  }

  /** Resolves when nothing of the lanes (undefined: nothing at all) is in flight and all results are recorded. */
  private async empty(lanes?: ReadonlySet<Lane>): Promise<void> {
    await new Promise<void>((resolve) => {
      this.whenEmpty.push({ lanes, resolve });
      this.notifyEmpty();
    });
    await this.attempts.recorded();
  }

  private notifyEmpty(): void {
    this.whenEmpty = this.whenEmpty.filter(({ lanes, resolve }) => {
      const busy = lanes ? [...lanes].some((lane) => lane.inFlight > 0) : this.inFlight > 0;
      if (!busy) resolve();
      return busy;
    });
  }
}
