// The lanes this process owns: what they know of their queues, and when each takes its next turn. Promises: idle lanes
// cost nothing; a lost wake-up delays and never strands, because every lane is looked at now and then anyway.
import type { Pool } from 'pg';
import type { ChannelKind } from '@carillon/domain';
import { createLogger } from '@carillon/telemetry';
import type { Channel } from '../channels/channel.ts';
import { window, type Heads } from '../ledger/queue.ts';
import { Attempts, type AttemptPolicy, type Dispatch, type DispatchEnd } from './attempts.ts';
import type { Arrival, QueuedDelivery } from '../model/queued-delivery.ts';
import type { Lane } from './lane.ts';
import type { SendPermit } from '../model/send-permit.ts';
import { readAgainMs, QueueReader, type ReadRequest } from './queue-reader.ts';
import { monotonicNow } from '../model/clock.ts';
import { WakeQueue } from './wake-queue.ts';

export interface DispatcherSettings extends AttemptPolicy {
  /** Calls under way at once. */
  perLane: number;
  perProcess: number;
}

const longestTimerMs = 60_000;

export class Dispatcher {
  private readonly lanes = new Map<string, Lane>();
  private readonly wakes = new WakeQueue<Lane>();
  /** Lanes that wait for a slot of the process. */
  private readonly awaitingCapacity = new Set<Lane>();
  /** Installations whose deliveries are kept back. */
  private readonly held = new Set<string>();
  private readonly log = createLogger('dispatcher');
  private readonly reader: QueueReader;
  private readonly attempts: Attempts;
  private whenEmpty: { lanes: ReadonlySet<Lane> | undefined; resolve: () => void }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Infinity;
  private inFlight = 0;
  private stopping = false;
  podId = '';
  /** Deliveries that came out of others (e-mail in Slack's place): their lanes may be new, or somebody else's. */
  onCreated: (arrivals: Arrival[]) => void = () => undefined;

  constructor(
    private readonly pool: Pool,
    private readonly lease: SendPermit,
    channels: Record<ChannelKind, Channel>,
    private readonly settings: DispatcherSettings,
  ) {
    this.reader = new QueueReader(pool, {
      ours: (lane) => this.lanes.get(lane.id) === lane,
      offer: (lanes, heads) => this.offer(lanes, heads),
    });
    this.attempts = new Attempts(pool, lease, channels, settings, {
      ended: (dispatch, end) => this.ended(dispatch, end),
      ours: ({ lane }) => !this.stopping && this.lanes.get(lane.id) === lane,
      podId: () => this.podId,
      created: (arrivals) => this.onCreated(arrivals),
    });
  }

  /** Takes over lanes that the ledger says are ours. */
  adopt(lanes: readonly Lane[]): void {
    for (const lane of lanes) {
      this.lanes.set(lane.id, lane);
      for (const installationId of this.held) lane.hold(installationId, Infinity);
      this.reader.requestRead({ lane });
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
      this.awaitingCapacity.delete(lane);
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

  /** New deliveries. Answers with their lanes that are not ours. */
  arrived(arrivals: Iterable<Arrival>): string[] {
    const elsewhere = new Set<string>();
    const wanted = new Map<string, ReadRequest>();
    const offered = new Map<Lane, QueuedDelivery[]>();
    for (const { lane: id, channel, priority, queued } of arrivals) {
      const lane = this.lanes.get(id);
      if (!lane) elsewhere.add(id);
      else if (!lane.needsRead(channel, priority)) continue;
      else if (queued && !this.reader.pending(lane)) offered.set(lane, [...(offered.get(lane) ?? []), queued]);
      else wanted.set(`${id} ${channel}`, { lane, channel });
    }
    for (const [lane, deliveries] of offered) {
      lane.add(deliveries, window, monotonicNow());
      this.pump(lane);
    }
    for (const request of wanted.values()) this.reader.requestRead(request);
    return [...elsewhere];
  }

  /** Lanes got work of which only their names are known; those of others are none of our business. */
  wake(laneIds: readonly string[]): void {
    for (const id of laneIds) {
      const lane = this.lanes.get(id);
      if (lane) this.reader.requestRead({ lane });
    }
  }

  /** Reads every lane again, after a renewed lease. */
  wakeAll(): void {
    this.wakeSome(0, 1);
  }

  /** Reads one of `parts` equal parts of the lanes again, since a wake-up may be lost. */
  wakeSome(part: number, parts: number): void {
    const now = monotonicNow();
    for (const [n, lane] of [...this.lanes.values()].entries()) {
      if (n % parts !== part) continue;
      lane.prune(now);
      this.reader.requestRead({ lane });
    }
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

  private pump(lane: Lane): void {
    if (this.stopping || this.lanes.get(lane.id) !== lane || !this.lease.coversCall()) return;
    const now = monotonicNow();
    const laneRoom = this.settings.perLane - lane.inFlight;
    const processRoom = this.settings.perProcess - this.inFlight;
    // A full lane goes on when one of its own ends; a full process serves the lanes that came too late in turn.
    if (laneRoom <= 0) return;
    if (processRoom <= 0) {
      this.awaitingCapacity.add(lane);
      return;
    }
    const room = Math.min(laneRoom, processRoom);
    const taken = lane.take(now, room);
    this.inFlight += taken.length;
    for (const queued of taken) this.attempts.begin({ lane, queued });
    for (const channel of lane.takeDrainedChannels()) this.reader.requestRead({ lane, channel });
    if (taken.length === room) {
      if (processRoom < laneRoom) this.awaitingCapacity.add(lane);
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

  private offer(lanes: readonly Lane[], heads: Heads): void {
    for (const lane of lanes) {
      lane.offer(heads.get(lane.id) ?? [], window, monotonicNow());
      this.pump(lane);
    }
  }

  private ended({ lane, queued }: Dispatch, end: DispatchEnd): void {
    this.inFlight--;
    lane.finish(queued, monotonicNow(), end.kind === 'again' ? end : undefined);
    if (end.kind === 'stale') {
      lane.forget(queued.deliveryId);
      this.reader.requestRead({ lane, channel: queued.channel }, readAgainMs);
    }
    this.pump(lane);
    for (const waiting of [...this.awaitingCapacity]) {
      if (this.inFlight >= this.settings.perProcess) break;
      this.awaitingCapacity.delete(waiting);
      this.pump(waiting);
    }
    if (this.whenEmpty.length > 0) this.tellEmpty();
  }

  /** Resolves when nothing of the lanes (undefined: nothing at all) is in flight and all results are recorded. */
  private async empty(lanes?: ReadonlySet<Lane>): Promise<void> {
    await new Promise<void>((resolve) => {
      this.whenEmpty.push({ lanes, resolve });
      this.tellEmpty();
    });
    await this.attempts.recorded();
  }

  private tellEmpty(): void {
    this.whenEmpty = this.whenEmpty.filter(({ lanes, resolve }) => {
      const busy = lanes ? [...lanes].some((lane) => lane.inFlight > 0) : this.inFlight > 0;
      if (!busy) resolve();
      return busy;
    });
  }
}
