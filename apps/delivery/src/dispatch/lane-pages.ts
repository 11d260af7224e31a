// What a lane has to read of the ledger, so that it has work for the next seconds and holds no more. Guarantees: the
// queue is read page by page for each priority, as many channels as the pace sends to within seconds; nothing more is
// asked for while enough channels are active; a channel that ran dry is read alone, or in the next pass where one is
// under way. It holds no deliveries.
import type { HeadBudget } from '../model/head-budget.ts';
import { queuePriorities, type Priority } from '../model/queued-delivery.ts';
import type { ChannelQueue } from './channel-queue.ts';
import { QueuePass } from './queue-pass.ts';

/** The next channels of one priority, behind `after` in the order of their names. */
export interface PageRequest {
  priority: Priority;
  after: string;
  /** How many channels. */
  channels: number;
}

/** A lane without a limit is read as if it sent so many messages a second. */
const unlimitedPerSecond = 100;
/** A page is as many channels as the lane can send to in this time. */
const pageSeconds = 2;
const [fewestChannels, mostChannels] = [4, 200];
/** Of each channel when the process already holds as many heads as it may. */
const channelsWithoutBudget = 2;
/** After a page of which everything is held, so that a large queue that is held costs little. */
const heldPageMs = 1_000;

export class LanePages {
  private readonly passes: [QueuePass, QueuePass, QueuePass] = [new QueuePass(), new QueuePass(), new QueuePass()];
  private readonly activeChannels: [number, number, number] = [0, 0, 0];
  private readonly drained = new Set<ChannelQueue>();
  /** The next page is read no earlier. */
  private readAfter = 0;

  constructor(private readonly budget: HeadBudget) {}

  /** `holds`: whether the lane has any head. */
  wanted(now: number, perMinute: number, holds: boolean): PageRequest[] {
    if (this.readAfter > now || (this.budget.exhausted && holds)) return [];
    const perSecond = perMinute === 0 ? unlimitedPerSecond : perMinute / 60;
    const page = Math.min(mostChannels, Math.max(fewestChannels, Math.ceil(perSecond * pageSeconds)));
    const channels = this.budget.exhausted ? channelsWithoutBudget : page;
    return queuePriorities.flatMap((priority) => {
      const pass = this.passes[priority];
      if (pass.complete || this.activeChannels[priority] * 2 >= channels) return [];
      return [{ priority, after: pass.after, channels }];
    });
  }

  /** A page was read, with these channels in order. `allHeld`: nothing of it may be sent until further notice. */
  read(
    { priority, channels }: PageRequest,
    keys: readonly string[],
    { allHeld }: { allHeld: boolean },
    now: number,
  ): void {
    this.passes[priority].advance(keys.length < channels ? undefined : keys.at(-1));
    if (allHeld) this.readAfter = now + heldPageMs;
  }

  /** When something may be wanted again although nothing happens; null: it may be now, or never. */
  wakeAt(now: number): number | null {
    return this.readAfter > now ? this.readAfter : null;
  }

  isRead(priority: Priority): boolean {
    return this.passes[priority].complete;
  }

  miss(priorities: readonly Priority[]): void {
    for (const priority of priorities) this.passes[priority].miss();
  }

  /** While other channels wait to be read, the rest of this one has its turn in the next pass. */
  ranDry(channel: ChannelQueue, priority: Priority): void {
    const pass = this.passes[priority];
    if (pass.complete) {
      this.drained.add(channel);
      return;
    }
    channel.more[priority] = false;
    pass.miss();
  }

  /** Channels that have run dry although the ledger may hold more of them; each is named once. */
  takeDrained(): string[] {
    const drained = [...this.drained].map((channel) => channel.key);
    this.drained.clear();
    return drained;
  }

  /** Whether the lane can send soon to the channel with that priority. */
  setActive(channel: ChannelQueue, priority: Priority, active: boolean): void {
    if (active === channel.active[priority]) return;
    channel.active[priority] = active;
    this.activeChannels[priority] += active ? 1 : -1;
  }
}
