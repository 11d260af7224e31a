// The order in which one lane sends: FIFO per channel and priority, round-robin over channels, urgent before normal
// before low without starving the last. Holds the heads of the queues only; the ledger holds the rest.
// Pure: it is told the time and never does I/O, so its promises are property-tested.
import { posts, ranks, type Candidate, type Rank, type Return } from '../model/queued-delivery.ts';
import { ChannelPace, type MethodPaces, type Rate } from './pacing.ts';
import type { PostingPace } from './posting-pace.ts';
import type { LaneNews } from '../ownership/lane-assignments.ts';
import { WakeQueue } from './wake-queue.ts';

interface Channel {
  key: string;
  queues: [Candidate[], Candidate[], Candidate[]];
  pace: ChannelPace;
  busy: boolean;
  picks: number;
  /** Per priority: the ledger may hold more than we know. */
  more: [boolean, boolean, boolean];
}

/** Every so many picks the lowest waiting priority goes first. */
const lowTurnEvery = 8;

export class Lane {
  private readonly channels = new Map<string, Channel>();
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

  constructor(
    readonly id: string,
    readonly epoch: number,
    readonly posting: PostingPace,
    readonly methods: MethodPaces,
    private readonly channelRate: Rate,
    /** When it was taken over from another owner; 0: it had none. */
    private readonly takenOverAt = 0,
  ) {}

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
  offer(candidates: readonly Candidate[], window: number, now: number): void {
    const touched = new Map<Channel, [number, number, number]>();
    for (const candidate of candidates) {
      const channel = this.channelOf(candidate.channel);
      let counts = touched.get(channel);
      if (!counts) touched.set(channel, (counts = [0, 0, 0]));
      counts[candidate.rank]++;
      if (this.known.has(candidate.deliveryId)) continue;
      this.known.add(candidate.deliveryId);
      insertInOrder(channel.queues[candidate.rank], candidate);
    }
    for (const [channel, counts] of touched) {
      for (const rank of ranks) {
        channel.more[rank] = counts[rank] >= window;
        // All it saw may have been on its way already: then nothing would ever run dry.
        if (channel.more[rank] && channel.queues[rank].length === 0) this.dry.add(channel);
      }
      this.reschedule(channel, now);
    }
  }

  /**
   * Takes in new deliveries, which stand behind everything that came before; what exceeds the window stays in the
   * ledger.
   */
  add(candidates: readonly Candidate[], window: number, now: number): void {
    for (const candidate of candidates) {
      if (this.known.has(candidate.deliveryId)) continue;
      const channel = this.channelOf(candidate.channel);
      const queue = channel.queues[candidate.rank];
      if (queue.length >= window) {
        channel.more[candidate.rank] = true;
        continue;
      }
      this.known.add(candidate.deliveryId);
      insertInOrder(queue, candidate);
      this.reschedule(channel, now);
    }
  }

  /**
   * Whether a new delivery of this channel and priority has to be read now; with a full window it is read in its turn.
   */
  wants(channelKey: string, rank: Rank): boolean {
    return !this.channels.get(channelKey)?.more[rank];
  }

  /** The next candidates that may be claimed now, at most `room`. Each takes a posting token and its channel. */
  take(now: number, room: number): Candidate[] {
    const taken: Candidate[] = [];
    if (this.paused) return taken;
    this.wakeChannels(now);
    while (taken.length < room) {
      const channel = this.nextInRing(now);
      if (!channel) break;
      const rank = this.readyRank(channel, now);
      const head = rank === null ? undefined : channel.queues[rank][0]!;
      if (rank === null || (posts(head!) && this.posting.opensAt() > now)) {
        this.reschedule(channel, now);
        continue;
      }
      const candidate = channel.queues[rank].shift()!;
      if (channel.more[rank] && channel.queues[rank].length === 0) this.dry.add(channel);
      channel.busy = true;
      channel.picks++;
      this.inFlight++;
      if (posts(candidate)) this.posting.taken(now);
      else if (!candidate.unknown) this.methods.taken(candidate.method, now);
      taken.push(candidate);
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
  written(candidate: Candidate, at: number): void {
    this.channels.get(candidate.channel)?.pace.written(at);
  }

  answered(candidate: Candidate, writtenAt: number, answeredAt: number): void {
    this.channels.get(candidate.channel)?.pace.answered(writtenAt, answeredAt);
  }

  /** The channel is free again. With `again`, the candidate goes back to its place in the queue, ready at that time. */
  finish(candidate: Candidate, now: number, again?: Return): void {
    const channel = this.channels.get(candidate.channel);
    if (!channel) return;
    channel.busy = false;
    this.inFlight--;
    if (again) {
      candidate.readyAt = again.readyAt;
      candidate.unknown = again.unknown;
      candidate.method = again.method ?? candidate.method;
      insertInOrder(channel.queues[candidate.rank], candidate);
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
  takeDry(): string[] {
    const dry = [...this.dry].map((channel) => channel.key);
    this.dry.clear();
    return dry;
  }

  /** What is worth writing down about the lane. */
  news(now: number): LaneNews {
    const blocked = {
      ...this.methods.blocked(now),
      ...(this.posting.blockedUntil > now && { 'chat.postMessage': this.posting.blockedUntil }),
    };
    const blockedForMs = Object.fromEntries(Object.entries(blocked).map(([method, until]) => [method, until - now]));
    return { id: this.id, learned: this.posting.learned, blockedForMs };
  }

  /** The same if there is something new since the last time it was asked for. */
  freshNews(now: number): LaneNews | null {
    const news = this.news(now);
    const isBlocked = Object.keys(news.blockedForMs).length > 0;
    const fresh = this.posting.takeLearned() !== null || isBlocked || this.wasBlocked;
    this.wasBlocked = isBlocked;
    return fresh ? news : null;
  }

  private channelOf(key: string): Channel {
    let channel = this.channels.get(key);
    if (!channel) {
      channel = {
        key,
        queues: [[], [], []],
        pace: new ChannelPace(this.channelRate, this.takenOverAt),
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
    for (const rank of lowTurn ? [2, 1, 0] : ranks) {
      const channel = this.rings[rank as Rank].shift();
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

  private readyAtOf(channel: Channel, head: Candidate): number {
    const heldUntil = head.installationId === null ? 0 : (this.held.get(head.installationId) ?? 0);
    const paceOpensAt = posts(head) ? channel.pace.opensAt : head.unknown ? 0 : this.methods.opensAt(head.method);
    return Math.max(head.readyAt, heldUntil, paceOpensAt);
  }

  private readyRank(channel: Channel, now: number): Rank | null {
    const lowTurn = (channel.picks + 1) % lowTurnEvery === 0;
    for (const rank of (lowTurn ? [2, 1, 0] : ranks) as Rank[]) {
      const head = channel.queues[rank][0];
      if (head && this.readyAtOf(channel, head) <= now) return rank;
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
    const rank = this.readyRank(channel, now);
    if (rank !== null) {
      this.sleeping.cancel(channel);
      this.inRing.add(channel);
      (posts(channel.queues[rank][0]!) ? this.rings[rank] : this.changing).push(channel);
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
      this.drained.delete(channel);
    }
  }
}

function insertInOrder(queue: Candidate[], candidate: Candidate): void {
  let index = queue.length;
  while (index > 0 && queue[index - 1]!.seq > candidate.seq) index--;
  queue.splice(index, 0, candidate);
}
