// The channels of a lane that may be sent to now, and when the others may be. Guarantees: channels take turns; urgent
// deliveries come before normal and low ones, and the last of them do not starve; changes of messages, which need no
// posting token, come first. It knows neither pace nor limits.
import { queuePriorities, type Priority } from '../model/queued-delivery.ts';
import { lowFirstEvery, type ChannelQueue } from './channel-queue.ts';
import { WakeQueue } from './wake-queue.ts';

export class ReadyChannels {
  private readonly posting: [ChannelQueue[], ChannelQueue[], ChannelQueue[]] = [[], [], []];
  private readonly changing: ChannelQueue[] = [];
  private readonly ready = new Set<ChannelQueue>();
  private readonly sleeping = new WakeQueue<ChannelQueue>();
  private picks = 0;

  get none(): boolean {
    return this.ready.size === 0;
  }

  get anyChange(): boolean {
    return this.changing.length > 0;
  }

  has(channel: ChannelQueue): boolean {
    return this.ready.has(channel);
  }

  /** `posts`: its next delivery creates a message. */
  add(channel: ChannelQueue, priority: Priority, posts: boolean): void {
    this.sleeping.cancel(channel);
    this.ready.add(channel);
    (posts ? this.posting[priority] : this.changing).push(channel);
  }

  /** It may be sent to at that instant; Infinity: something else has to happen first. */
  sleep(channel: ChannelQueue, until: number): void {
    if (until === Infinity) this.sleeping.cancel(channel);
    else this.sleeping.schedule(channel, until);
  }

  /** The next channel that wakes; null: none sleeps. */
  nextWake(): number | null {
    return this.sleeping.next();
  }

  /** One channel whose instant has come, as long as there is one. */
  woken(now: number): ChannelQueue | undefined {
    return this.sleeping.due(now);
  }

  /** Whose turn it is; it is ready no more. */
  next(mayPost: boolean): ChannelQueue | undefined {
    const channel = this.changing.shift() ?? (mayPost ? this.nextToPost() : undefined);
    if (channel) this.ready.delete(channel);
    return channel;
  }

  private nextToPost(): ChannelQueue | undefined {
    const lowFirst = ++this.picks % lowFirstEvery === 0;
    for (const priority of lowFirst ? ([2, 1, 0] as const) : queuePriorities) {
      const channel = this.posting[priority].shift();
      if (channel) return channel;
    }
    return undefined;
  }
}
