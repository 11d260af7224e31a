// One channel of a lane: the heads of its queues by priority, and the pace at which it may be sent to.
import { queuePriorities, type Priority, type QueuedDelivery } from '../model/queued-delivery.ts';
import type { NamedChannel } from './channel-names.ts';
import type { ChannelPace } from './pacing.ts';

/** Every so many picks the lowest waiting priority goes first. */
export const lowFirstEvery = 8;

export class ChannelQueue implements NamedChannel {
  queues: [QueuedDelivery[], QueuedDelivery[], QueuedDelivery[]] = [[], [], []];
  ownId?: string;
  /** A delivery of this channel is under way. */
  busy = false;
  picks = 0;
  /** By priority: the ledger may hold more than is in memory. */
  readonly more: [boolean, boolean, boolean] = [false, false, false];
  /** By priority: whether the lane counts this channel among those that it can send to soon. */
  readonly active: [boolean, boolean, boolean] = [false, false, false];

  constructor(
    readonly key: string,
    public pace: ChannelPace,
  ) {}

  get empty(): boolean {
    return this.queues[0].length + this.queues[1].length + this.queues[2].length === 0;
  }

  /** In the order of arrival. */
  insert(queued: QueuedDelivery): void {
    const queue = this.queues[queued.priority];
    let index = queue.length;
    while (index > 0 && queue[index - 1]!.seq > queued.seq) index--;
    queue.splice(index, 0, queued);
  }

  /** The priority whose head goes next, of those that `readyAt` permits; null: none may go now. */
  readyPriority(now: number, readyAt: (head: QueuedDelivery) => number): Priority | null {
    const lowFirst = (this.picks + 1) % lowFirstEvery === 0;
    for (const priority of lowFirst ? ([2, 1, 0] as const) : queuePriorities) {
      const head = this.queues[priority][0];
      if (head && readyAt(head) <= now) return priority;
    }
    return null;
  }
}
