// The order in which one lane sends: FIFO per channel and priority, round-robin over channels, urgent before normal
// before low without starving the last. Holds the heads of the queues only; the ledger holds the rest.
// Pure: it is told the time and never does I/O, so its promises are property-tested.
import { posts, queuePriorities, type QueuedDelivery, type Priority, type Requeue } from '../model/queued-delivery.ts';
import { ChannelNames, type NamedChannel } from './channel-names.ts';
import { ChannelPace, MethodPaces } from './pacing.ts';
import type { LaneAssignment, LaneSnapshot } from '../model/lane-assignment.ts';
import type { LaneLimits, Rate } from '../model/lane-limits.ts';
import { operations, type Operation } from '../model/operation.ts';
import { PostingPace } from './posting-pace.ts';
import { WakeQueue } from './wake-queue.ts';

interface Channel extends NamedChannel {
  queues: [QueuedDelivery[], QueuedDelivery[], QueuedDelivery[]];
  busy: boolean;
  picks: number;
  /** Per priority: the ledger may hold more than we know. */
  more: [boolean, boolean, boolean];
}

/** Every so many picks the lowest waiting priority goes first. */
const lowTurnEvery = 8;

export class Lane {
  private readonly channels = new Map<string, Channel>();
  private readonly names = new ChannelNames();
  /** Channels whose turn it is: to post, by priority, and to change what was posted, which needs no posting token. */
  private readonly rings: [Channel[], Channel[], Channel[]] = [[], [], []];
  private readonly changing: Channel[] = [];
  private readonly inRing = new Set<Channel>();
  private readonly sleeping = new WakeQueue<Channel>();
  private readonly known = new Set<string>();
  private readonly held = new Map<string, number>();
  private readonly drained = new Set<Channel>();
  private readonly dry = new Set<Channel>();
  private picks = 0;
  private wasBlocked = false;
  /** Candidates taken and not finished. */
  inFlight = 0;
  /** By an operator: nothing is taken. */
  paused = false;

  readonly id: string;
  readonly epoch: number;
  readonly posting: PostingPace;
  readonly methods: MethodPaces;
  private readonly channelRate: Rate;
  private readonly methodOf: LaneLimits['methods'];
  /** When it was taken over from another owner; 0: it had none. */
  private readonly takenOverAt: number;

  constructor({ laneId, epoch, learned, paused }: LaneAssignment, limits: LaneLimits, now: number) {
    const takenOver = epoch > 1;
    this.id = laneId;
    this.epoch = epoch;
    this.paused = paused;
    this.posting = new PostingPace(limits.posting, now, { learned: learned ?? undefined, takenOver });
    this.methods = new MethodPaces(limits.callsPerMinute);
    this.channelRate = limits.perChannel;
    this.methodOf = limits.methods;
    this.takenOverAt = takenOver ? now : 0;
  }

  /** What the lane knows this method as; undefined: it is no operation on a message. */
  operationOf(method: string): Operation | undefined {
    return operations.find((operation) => this.methodOf[operation] === method);
  }

  /** The other side refused a method for a delivery: it rests for `afterMs`, in this lane alone. */
  refused(method: string, now: number, afterMs: number, queued?: QueuedDelivery): void {
    if (method !== this.methodOf.create) return this.methods.refused(method, now, afterMs);
    const channel = queued && this.channels.get(queued.channel);
    const ofChannel = channel?.pace.wroteTooSoon ?? false;
    this.posting.refused(now, afterMs, { ofChannel });
    if (channel && !ofChannel) this.names.refused(channel, now, this.posting.blockedUntil, this.channels.values());
  }

  /** The other side accepted a new message; `ownId`: what it calls the channel, where it told. */
  accepted(queued: QueuedDelivery, now: number, ownId?: string): void {
    this.posting.posted(now);
    const channel = this.channels.get(queued.channel);
    if (!channel || ownId === undefined) return;
    const refusedAt = this.names.identify(channel, ownId, this.channels.get(ownId));
    if (refusedAt !== undefined) this.posting.explain(refusedAt);
  }

  /** Whether a new message may be written to its channel now. */
  mayWrite(queued: QueuedDelivery, at: number): boolean {
    return this.channels.get(queued.channel)?.pace.mayWrite(at, queued.channel) ?? true;
  }

  /**
   * The ledger is about to be read for some channels (undefined = all). What arrives from now on may be missed by that
   * read, so it is wanted again.
   */
  reading(keys: Iterable<string> = this.channels.keys()): void {
    for (const key of keys) {
      const channel = this.channels.get(key);
      if (channel) channel.more = [false, false, false];
    }
  }

  /**
   * Takes in the heads that a read showed: at most `window` per channel and priority, in order. Known ones are skipped.
   */
  offer(deliveries: readonly QueuedDelivery[], window: number, now: number): void {
    const touched = new Map<Channel, [number, number, number]>();
    for (const queued of deliveries) {
      const channel = this.channelOf(queued.channel);
      let counts = touched.get(channel);
      if (!counts) touched.set(channel, (counts = [0, 0, 0]));
      counts[queued.priority]++;
      if (this.known.has(queued.deliveryId)) continue;
      this.known.add(queued.deliveryId);
      insertInOrder(channel.queues[queued.priority], queued);
    }
    for (const [channel, counts] of touched) {
      for (const priority of queuePriorities) {
        channel.more[priority] = counts[priority] >= window;
        // All it saw may have been on its way already: then nothing would ever run dry.
        if (channel.more[priority] && channel.queues[priority].length === 0) this.dry.add(channel);
      }
      this.reschedule(channel, now);
    }
  }

  /**
   * Takes in new deliveries, which stand behind everything that came before; what exceeds the window stays in the
   * ledger.
   */
  add(deliveries: readonly QueuedDelivery[], window: number, now: number): void {
    for (const queued of deliveries) {
      if (this.known.has(queued.deliveryId)) continue;
      const channel = this.channelOf(queued.channel);
      const queue = channel.queues[queued.priority];
      if (queue.length >= window) {
        channel.more[queued.priority] = true;
        continue;
      }
      this.known.add(queued.deliveryId);
      insertInOrder(queue, queued);
      this.reschedule(channel, now);
    }
  }

  /**
   * Whether a new delivery of this channel and priority has to be read now; with a full window it is read in its turn.
   */
  needsRead(channelKey: string, priority: Priority): boolean {
    return !this.channels.get(channelKey)?.more[priority];
  }

  /** The next candidates that may be claimed now, at most `room`. Each takes a posting token and its channel. */
  take(now: number, room: number): QueuedDelivery[] {
    const taken: QueuedDelivery[] = [];
    if (this.paused) return taken;
    this.wakeChannels(now);
    while (taken.length < room) {
      const channel = this.nextInRing(now);
      if (!channel) break;
      const priority = this.readyRank(channel, now);
      const head = priority === null ? undefined : channel.queues[priority][0]!;
      if (priority === null || (posts(head!) && this.posting.opensAt() > now)) {
        this.reschedule(channel, now);
        continue;
      }
      const queued = channel.queues[priority].shift()!;
      if (channel.more[priority] && channel.queues[priority].length === 0) this.dry.add(channel);
      channel.busy = true;
      channel.picks++;
      this.inFlight++;
      if (posts(queued)) this.posting.taken(now);
      else if (!queued.unknown) this.methods.taken(this.methodOf[queued.operation], now);
      taken.push(queued);
    }
    return taken;
  }

  /** When `take` may give something again; null: only when something is offered or finished. */
  nextWake(now: number): number | null {
    if (this.paused) return null;
    const asleep = this.sleeping.next();
    if (this.inRing.size === 0) return asleep;
    if (this.changing.length > 0) return now;
    return Math.min(asleep ?? Infinity, Math.max(now, this.posting.opensAt()));
  }

  /** The request of a taken candidate is about to be written, or Slack answered it. */
  written(queued: QueuedDelivery, at: number): void {
    this.channels.get(queued.channel)?.pace.written(at, queued.channel);
  }

  answered(queued: QueuedDelivery, writtenAt: number, answeredAt: number): void {
    this.channels.get(queued.channel)?.pace.answered(writtenAt, answeredAt);
  }

  /** The channel is free again. With `again`, the candidate goes back to its place in the queue, ready at that time. */
  finish(queued: QueuedDelivery, now: number, again?: Requeue): void {
    const channel = this.channels.get(queued.channel);
    if (!channel) return;
    channel.busy = false;
    this.inFlight--;
    if (again) {
      queued.readyAt = again.readyAt;
      queued.unknown = again.unknown;
      queued.operation = again.operation ?? queued.operation;
      insertInOrder(channel.queues[queued.priority], queued);
    }
    this.reschedule(channel, now);
  }

  /**
   * The ledger knows the candidate's new state: it may be offered again only if the ledger still shows it as queued.
   */
  forget(deliveryId: string): void {
    this.known.delete(deliveryId);
  }

  /** Keeps all of an installation's deliveries back until an instant (Infinity = until `release`). */
  hold(installationId: string, until: number): void {
    this.held.set(installationId, Math.max(until, this.held.get(installationId) ?? 0));
  }

  release(installationId: string, now: number): void {
    if (!this.held.delete(installationId)) return;
    for (const channel of this.channels.values()) this.reschedule(channel, now);
  }

  /** Channels that have run dry although the ledger may hold more of them; each is named once. */
  takeDrainedChannels(): string[] {
    const dry = [...this.dry].map((channel) => channel.key);
    this.dry.clear();
    return dry;
  }

  /** What is worth writing down about the lane. */
  snapshot(now: number): LaneSnapshot {
    const blocked = {
      ...this.methods.blocked(now),
      ...(this.posting.blockedUntil > now && { [this.methodOf.create]: this.posting.blockedUntil }),
    };
    const blockedForMs = Object.fromEntries(Object.entries(blocked).map(([method, until]) => [method, until - now]));
    return { id: this.id, learned: this.posting.learned, blockedForMs };
  }

  /** The same if there is something new since the last time it was asked for. */
  changedSnapshot(now: number): LaneSnapshot | null {
    const snapshot = this.snapshot(now);
    const isBlocked = Object.keys(snapshot.blockedForMs).length > 0;
    const fresh = this.posting.takeLearned() !== null || isBlocked || this.wasBlocked;
    this.wasBlocked = isBlocked;
    return fresh ? snapshot : null;
  }

  private channelOf(key: string): Channel {
    let channel = this.channels.get(key);
    if (!channel) {
      channel = {
        key,
        queues: [[], [], []],
        pace: this.names.sharedPace(key) ?? new ChannelPace(this.channelRate, this.takenOverAt),
        busy: false,
        picks: 0,
        more: [false, false, false],
      };
      this.channels.set(key, channel);
    }
    return channel;
  }

  private nextInRing(now: number): Channel | undefined {
    const changing = this.changing.shift();
    if (changing) {
      this.inRing.delete(changing);
      return changing;
    }
    if (this.posting.opensAt() > now) return undefined;
    const lowTurn = ++this.picks % lowTurnEvery === 0;
    for (const priority of lowTurn ? [2, 1, 0] : queuePriorities) {
      const channel = this.rings[priority as Priority].shift();
      if (channel) {
        this.inRing.delete(channel);
        return channel;
      }
    }
    return undefined;
  }

  private wakeChannels(now: number): void {
    for (let channel = this.sleeping.due(now); channel; channel = this.sleeping.due(now)) this.reschedule(channel, now);
  }

  private readyAtOf(channel: Channel, head: QueuedDelivery): number {
    const heldUntil = head.installationId === null ? 0 : (this.held.get(head.installationId) ?? 0);
    const paceOpensAt = posts(head)
      ? channel.pace.opensAt
      : head.unknown
        ? 0
        : this.methods.opensAt(this.methodOf[head.operation]);
    return Math.max(head.readyAt, heldUntil, paceOpensAt);
  }

  private readyRank(channel: Channel, now: number): Priority | null {
    const lowTurn = (channel.picks + 1) % lowTurnEvery === 0;
    for (const priority of (lowTurn ? [2, 1, 0] : queuePriorities) as Priority[]) {
      const head = channel.queues[priority][0];
      if (head && this.readyAtOf(channel, head) <= now) return priority;
    }
    return null;
  }

  private reschedule(channel: Channel, now: number): void {
    const empty = channel.queues.every((queue) => queue.length === 0);
    if (empty) this.drained.add(channel);
    else this.drained.delete(channel);
    if (channel.busy || this.inRing.has(channel)) return;
    if (empty) {
      this.sleeping.cancel(channel);
      return;
    }
    const priority = this.readyRank(channel, now);
    if (priority !== null) {
      this.sleeping.cancel(channel);
      this.inRing.add(channel);
      (posts(channel.queues[priority][0]!) ? this.rings[priority] : this.changing).push(channel);
      return;
    }
    const wakeAt = Math.min(
      ...channel.queues.map((queue) => (queue[0] ? this.readyAtOf(channel, queue[0]) : Infinity)),
    );
    if (wakeAt === Infinity) this.sleeping.cancel(channel);
    else this.sleeping.schedule(channel, wakeAt);
  }

  /** Channels that neither wait nor pace any more cost nothing. */
  prune(now: number): void {
    this.methods.prune(now);
    for (const channel of this.drained) {
      if (channel.busy || channel.more.includes(true) || channel.pace.opensAt > now) continue;
      this.channels.delete(channel.key);
      this.names.forget(channel);
      this.drained.delete(channel);
    }
  }
}

function insertInOrder(queue: QueuedDelivery[], queued: QueuedDelivery): void {
  let index = queue.length;
  while (index > 0 && queue[index - 1]!.seq > queued.seq) index--;
  queue.splice(index, 0, queued);
}
