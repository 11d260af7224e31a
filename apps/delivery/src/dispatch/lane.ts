// The order in which one lane sends: FIFO per channel and priority, round-robin over channels, urgent before normal
// before low without starving the last. It holds as many heads of the queues as its pace can send within seconds; the
// ledger holds the rest. Pure: it is given the time and never does I/O, so its guarantees are property-tested.
import type { ProbedFor } from '../model/probed-for.ts';
import type { HeadBudget } from '../model/head-budget.ts';
import type { LaneAssignment, LaneSnapshot } from '../model/lane-assignment.ts';
import type { LaneLimits } from '../model/lane-limits.ts';
import { operations, type Operation } from '../model/operation.ts';
import { posts, queuePriorities, type Priority, type QueuedDelivery, type Requeue } from '../model/queued-delivery.ts';
import { LaneBreaker, type Evidence } from './breaker-lane.ts';
import { CallWindow } from './call-window.ts';
import { ChannelNames } from './channel-names.ts';
import { ChannelQueue } from './channel-queue.ts';
import { LanePages, type PageRequest } from './lane-pages.ts';
import { ChannelPace, MethodPaces } from './pacing.ts';
import { PostingPace } from './posting-pace.ts';
import { ReadyChannels } from './ready-channels.ts';

/** A channel that has to wait longer than this does not count as work for the lane. */
const soonMs = 3_000;
const pruneFrom = 64;
const firstWindow = 8;
export class Lane {
  readonly id: string;
  readonly epoch: number;
  readonly posting: PostingPace;
  readonly methods: MethodPaces;
  private readonly channels = new Map<string, ChannelQueue>();
  private readonly calls = new CallWindow<QueuedDelivery>();
  private readonly names = new ChannelNames();
  private readonly ready = new ReadyChannels();
  private readonly known = new Set<string>();
  private readonly held = new Map<string, number>();
  private readonly emptyChannels = new Set<ChannelQueue>();
  private readonly pages: LanePages;
  /** When it was taken over from another owner; 0: it had none. */
  private readonly takenOverAt: number;
  private heads = 0;
  private wasBlocked = false;
  /** Until when the other side's limits kept something waiting. */
  private limitedUntil = -Infinity;
  /** Whose attempt ended last while a circuit breaker was open: what probes the other side for the lane. */
  probedFor: ProbedFor | undefined;
  /** Deliveries that were taken and not finished. */
  inFlight = 0;
  /**
   * How many may be in flight: it begins low after a pause and grows with each answer, so that a lane whose requests
   * are not answered takes few of the slots that others need.
   */
  window = firstWindow;
  /** By an operator: nothing is taken. */
  paused: boolean;

  constructor(
    { laneId, epoch, learned, blockedForMs = {}, paused }: LaneAssignment,
    readonly limits: LaneLimits,
    now: number,
    private readonly budget: HeadBudget,
    readonly breaker = new LaneBreaker(),
  ) {
    const takenOver = epoch > 1;
    this.id = laneId;
    this.epoch = epoch;
    this.paused = paused;
    this.pages = new LanePages(budget);
    const { [limits.methods.create]: posting = 0, ...others } = blockedForMs;
    this.posting = new PostingPace(limits.posting, now, {
      learned: learned ?? undefined,
      takenOver,
      blockedForMs: posting,
    });
    this.methods = new MethodPaces(limits.callsPerMinute);
    for (const [method, ms] of Object.entries(others)) this.methods.refused(method, now, ms);
    this.takenOverAt = takenOver ? now : 0;
  }

  /** What the method does to a message; undefined: it is no operation on one. */
  operationOf(method: string): Operation | undefined {
    return operations.find((operation) => this.limits.methods[operation] === method);
  }

  /** The other side refused a method for a delivery: it rests for `afterMs`, in this lane alone. */
  refused(method: string, now: number, afterMs: number, queued?: QueuedDelivery): void {
    this.limitedUntil = Math.max(this.limitedUntil, now + afterMs);
    if (method !== this.limits.methods.create) return this.methods.refused(method, now, afterMs);
    const channel = queued && this.channels.get(queued.channel);
    const ofChannel = channel?.pace.wroteTooSoon ?? false;
    this.posting.refused(now, afterMs, { ofChannel });
    if (channel && !ofChannel) this.names.refused(channel, now, this.posting.blockedUntil, this.channels.values());
  }

  /** The other side accepted a new message; `ownId`: what it calls the channel, where the answer says so. */
  accepted(queued: QueuedDelivery, now: number, ownId?: string): void {
    this.posting.posted(now);
    const channel = this.channels.get(queued.channel);
    if (!channel || ownId === undefined) return;
    const refusedAt = this.names.identify(channel, ownId, this.channels.get(ownId));
    if (refusedAt !== undefined) this.posting.explain(refusedAt);
  }

  /**
   * Whether the other side's limits have kept deliveries of the channel waiting since then: a refusal, the pace of the
   * lane or of the channel, or an outage.
   */
  limitedSince(since: number, { channel }: QueuedDelivery, now: number): boolean {
    const writtenAt = this.channels.get(channel)?.pace.lastWrittenAt ?? -Infinity;
    return Math.max(this.limitedUntil, writtenAt) > since || this.breaker.openMsOfLast(now - since, now) > 0;
  }

  /** Whether a new message may be written to its channel now. */
  mayWrite(queued: QueuedDelivery, at: number): boolean {
    return this.channels.get(queued.channel)?.pace.mayWrite(at, queued.channel) ?? true;
  }

  /** What to read of the ledger, so that there is work for the next seconds. */
  wantedPages(now: number): PageRequest[] {
    return this.paused ? [] : this.pages.wanted(now, this.posting.perMinute, this.heads > 0);
  }

  /** Some channels are about to be read: what arrives from now on may be missed by that read. */
  reading(keys: Iterable<string>): void {
    for (const key of keys) this.channels.get(key)?.more.fill(false);
  }

  /**
   * Takes in a page: of each of its channels at most `perChannel` heads, in order. Fewer channels than asked for: it
   * was the last page of the pass.
   */
  offerPage(page: PageRequest, heads: readonly QueuedDelivery[], perChannel: number, now: number): void {
    const allHeld = heads.length > 0 && heads.every((queued) => this.heldUntil(queued) === Infinity);
    this.pages.read(page, [...new Set(heads.map(({ channel }) => channel))], { allHeld }, now);
    this.offer(heads, perChannel, now);
  }

  /** Takes in the heads of whole channels: at most `window` per channel and priority, in order. */
  offer(deliveries: readonly QueuedDelivery[], window: number, now: number): void {
    const counts = new Map<ChannelQueue, [number, number, number]>();
    for (const queued of deliveries) {
      // Of what is held until further notice nothing is kept; `release` reads it again.
      if (this.heldUntil(queued) === Infinity) continue;
      const channel = this.channelOf(queued.channel);
      let count = counts.get(channel);
      if (!count) counts.set(channel, (count = [0, 0, 0]));
      count[queued.priority]++;
      if (!this.known.has(queued.deliveryId)) this.insert(channel, queued);
    }
    for (const [channel, count] of counts) {
      for (const priority of queuePriorities) {
        if (count[priority] === 0) continue;
        channel.more[priority] = count[priority] >= window;
        // All that was read may be under way already: then the channel would never run dry.
        if (channel.more[priority] && channel.queues[priority].length === 0) this.pages.ranDry(channel, priority);
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
      if (this.known.has(queued.deliveryId) || this.heldUntil(queued) === Infinity) continue;
      const channel = this.channelOf(queued.channel);
      if (channel.queues[queued.priority].length >= window) channel.more[queued.priority] = true;
      else this.insert(channel, queued);
      this.reschedule(channel, now);
    }
  }

  /** Whether everything of this priority is known, so that a new delivery may be added behind it. */
  isRead(priority: Priority): boolean {
    return this.pages.isRead(priority);
  }

  /** Whether a new delivery of this channel has to be read now; a channel that has more is read when it runs dry. */
  needsRead(channelKey: string, priority: Priority): boolean {
    return !this.channels.get(channelKey)?.more[priority];
  }

  /** The ledger may hold deliveries that the lane does not know. */
  miss(priorities: readonly Priority[] = queuePriorities): void {
    this.pages.miss(priorities);
  }

  /** The next deliveries that may be claimed now, at most `room`. Each takes a posting token and its channel. */
  take(now: number, room: number): QueuedDelivery[] {
    const taken: QueuedDelivery[] = [];
    if (this.paused) return taken;
    for (let channel = this.ready.woken(now); channel; channel = this.ready.woken(now)) this.reschedule(channel, now);
    const most = Math.min(room, this.callRoom(now));
    while (taken.length < most) {
      const channel = this.ready.next(this.posting.opensAt() <= now);
      if (!channel) break;
      const priority = channel.readyPriority(now, (head) => this.readyAtOf(channel, head));
      const head = priority === null ? undefined : channel.queues[priority][0]!;
      if (priority === null || (posts(head!) && this.posting.opensAt() > now)) {
        this.reschedule(channel, now);
        continue;
      }
      taken.push(this.dequeue(channel, priority, now));
    }
    if (!this.ready.none && this.posting.opensAt() > now)
      this.limitedUntil = Math.max(this.limitedUntil, this.posting.opensAt());
    if (this.emptyChannels.size >= pruneFrom) this.prune(now);
    return taken;
  }

  /**
   * Takes a delivery that is not in the ledger yet, if it could go at once and nothing waits before it. `finish` and
   * `forget` give it back.
   */
  reserve(queued: QueuedDelivery, now: number): boolean {
    if (this.paused || !this.isRead(queued.priority) || !this.ready.none || this.posting.opensAt() > now) return false;
    if (this.callRoom(now) < 1) return false;
    const channel = this.channelOf(queued.channel);
    const waits = !channel.empty || channel.busy || channel.more[queued.priority];
    if (waits || this.readyAtOf(channel, queued) > now) {
      this.reschedule(channel, now);
      return false;
    }
    this.insert(channel, queued);
    this.dequeue(channel, queued.priority, now);
    return true;
  }

  /** When `take` may return something again; null: only after something is offered or finished. */
  nextWake(now: number): number | null {
    if (this.paused) return null;
    if (!this.breaker.mayCall(now)) return this.breaker.wakeAt(now);
    // Full: it goes on when a call ends.
    if (this.callRoom(now) < 1) return null;
    const asleep = earliest(this.ready.nextWake(), this.pages.wakeAt(now));
    if (this.ready.none) return asleep;
    if (this.ready.anyChange) return now;
    return Math.min(asleep ?? Infinity, Math.max(now, this.posting.opensAt()));
  }

  /** The delivery's request waits for something that cannot be ambiguous: a transfer. */
  preparing(queued: QueuedDelivery): void {
    this.calls.end(queued);
  }

  /** Whether a request of the delivery may be written now; it is under way from then on. */
  mayCall(queued: QueuedDelivery, now: number): boolean {
    if (!this.breaker.mayCall(now)) return false;
    this.calls.begin(queued, now);
    return true;
  }

  /** What the end of a call shows about the other side; undefined: nothing. */
  saw(queued: QueuedDelivery, evidence: Evidence | undefined, now: number): void {
    if (evidence === 'answered') this.calls.answered(queued, now);
    else this.calls.end(queued);
    if (evidence !== undefined) this.breaker.saw(evidence, now);
  }

  /** The request of a delivery is about to be written, or it was answered. */
  written(queued: QueuedDelivery, at: number): void {
    this.channels.get(queued.channel)?.pace.written(at, queued.channel);
  }

  answered(queued: QueuedDelivery, writtenAt: number, answeredAt: number): void {
    this.channels.get(queued.channel)?.pace.answered(writtenAt, answeredAt);
  }

  /** A call was answered in time: more may be in flight. */
  widen(): void {
    this.window++;
  }

  /** The channel is free again. With `again`, the delivery goes back to its place in the queue, ready at that time. */
  finish(queued: QueuedDelivery, now: number, again?: Requeue): void {
    this.calls.end(queued);
    const channel = this.channels.get(queued.channel);
    if (!channel) return;
    channel.busy = false;
    if (--this.inFlight === 0) this.window = firstWindow;
    if (again) {
      queued.readyAt = again.readyAt;
      queued.unknown = again.unknown;
      queued.operation = again.operation ?? queued.operation;
      this.insert(channel, queued);
    }
    this.reschedule(channel, now);
  }

  /** The ledger knows the delivery's new state: it is offered again only if the ledger still shows it as queued. */
  forget(deliveryId: string): void {
    this.known.delete(deliveryId);
  }

  /** Keeps all of an installation's deliveries back until an instant (Infinity = until `release`). */
  hold(installationId: string, until: number, now: number): void {
    this.held.set(installationId, Math.max(until, this.held.get(installationId) ?? 0));
    if (until === Infinity) this.unload(installationId, now);
  }

  release(installationId: string, now: number): void {
    if (!this.held.delete(installationId)) return;
    this.miss();
    for (const channel of this.channels.values()) this.reschedule(channel, now);
  }

  /** Channels that have run dry although the ledger may hold more of them; each is named once. */
  takeDrainedChannels(): string[] {
    return this.pages.takeDrained();
  }

  /** What is worth storing about the lane. */
  snapshot(now: number): LaneSnapshot {
    const blocked = {
      ...this.methods.blocked(now),
      ...(this.posting.blockedUntil > now && { [this.limits.methods.create]: this.posting.blockedUntil }),
    };
    const blockedForMs = Object.fromEntries(Object.entries(blocked).map(([method, until]) => [method, until - now]));
    return { id: this.id, learned: this.posting.learned, blockedForMs };
  }

  /** The same if something has changed since the last call. */
  changedSnapshot(now: number): LaneSnapshot | null {
    const snapshot = this.snapshot(now);
    const isBlocked = Object.keys(snapshot.blockedForMs).length > 0;
    const changed = this.posting.takeLearned() !== null || isBlocked || this.wasBlocked;
    this.wasBlocked = isBlocked;
    return changed ? snapshot : null;
  }

  /** Channels that neither wait nor pace any more cost nothing. */
  prune(now: number): void {
    this.methods.prune(now);
    for (const channel of this.emptyChannels) {
      if (channel.busy || this.ready.has(channel) || channel.more.includes(true) || channel.pace.opensAt > now)
        continue;
      this.channels.delete(channel.key);
      this.names.forget(channel);
      this.emptyChannels.delete(channel);
    }
  }

  /** The lane is not this process's any more: its heads do not count. */
  discard(): void {
    this.budget.held -= this.heads;
    this.heads = 0;
    this.breaker.discard();
  }

  /** How many calls more may be under way. */
  private callRoom(now: number): number {
    const { breaker, calls, posting } = this;
    return Math.min(breaker.room(now) - calls.size, calls.room(posting.perMinute, breaker.suspicion));
  }

  private channelOf(key: string): ChannelQueue {
    let channel = this.channels.get(key);
    if (!channel) {
      const pace = this.names.sharedPace(key) ?? new ChannelPace(this.limits.perChannel, this.takenOverAt);
      channel = new ChannelQueue(key, pace);
      this.channels.set(key, channel);
    }
    return channel;
  }

  private insert(channel: ChannelQueue, queued: QueuedDelivery): void {
    this.known.add(queued.deliveryId);
    channel.insert(queued);
    this.countHeads(1);
  }

  private countHeads(change: number): void {
    this.heads += change;
    this.budget.held += change;
  }

  private dequeue(channel: ChannelQueue, priority: Priority, now: number): QueuedDelivery {
    const queued = channel.queues[priority].shift()!;
    this.countHeads(-1);
    if (channel.more[priority] && channel.queues[priority].length === 0) this.pages.ranDry(channel, priority);
    channel.busy = true;
    this.calls.begin(queued, now);
    channel.picks++;
    this.inFlight++;
    if (posts(queued)) this.posting.taken(now);
    else if (!queued.unknown) this.methods.taken(this.limits.methods[queued.operation], now);
    return queued;
  }

  private heldUntil({ installationId }: QueuedDelivery): number {
    return installationId === null ? 0 : (this.held.get(installationId) ?? 0);
  }

  private readyAtOf(channel: ChannelQueue, head: QueuedDelivery): number {
    const method = this.limits.methods[head.operation];
    const paceOpensAt = posts(head) ? channel.pace.opensAt : head.unknown ? 0 : this.methods.opensAt(method);
    return Math.max(head.readyAt, this.heldUntil(head), paceOpensAt);
  }

  private reschedule(channel: ChannelQueue, now: number): void {
    const { empty } = channel;
    if (empty) this.emptyChannels.add(channel);
    else this.emptyChannels.delete(channel);
    this.countActive(channel, now);
    if (channel.busy || this.ready.has(channel)) return;
    const priority = channel.readyPriority(now, (head) => this.readyAtOf(channel, head));
    if (priority !== null) return this.ready.add(channel, priority, posts(channel.queues[priority][0]!));
    const readyAt = channel.queues.map((queue) => (queue[0] ? this.readyAtOf(channel, queue[0]) : Infinity));
    this.ready.sleep(channel, Math.min(...readyAt));
  }

  private countActive(channel: ChannelQueue, now: number): void {
    for (const priority of queuePriorities) {
      const head = channel.queues[priority][0];
      const active = head !== undefined && this.readyAtOf(channel, head) <= now + soonMs;
      this.pages.setActive(channel, priority, active);
    }
  }

  /** The heads of an installation that is held until further notice would only take memory. */
  private unload(installationId: string, now: number): void {
    for (const channel of this.channels.values()) {
      for (const priority of queuePriorities) {
        const queue = channel.queues[priority];
        const kept = queue.filter((queued) => queued.installationId !== installationId);
        if (kept.length === queue.length) continue;
        for (const queued of queue) if (queued.installationId === installationId) this.known.delete(queued.deliveryId);
        this.countHeads(kept.length - queue.length);
        channel.queues[priority] = kept;
        channel.more[priority] = false;
      }
      this.reschedule(channel, now);
    }
  }
}

const earliest = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);
