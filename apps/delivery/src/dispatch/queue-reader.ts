// Reading the queues of lanes, many at once. Promises: whoever wants a look gets one that began after it was wanted; it
// is repeated until it succeeds; and it is known which lanes have one coming, so that nothing is taken before it that
// stands behind what it will show.
import type { Pool } from 'pg';
import { createLogger } from '@carillon/telemetry';
import { headsOfChannels, headsOfLanes, type Heads } from '../ledger/queue.ts';
import { Gatherer } from './batcher.ts';
import type { Lane } from './lane.ts';

/** What to read of a lane: one channel, or all of it. */
export interface Look {
  lane: Lane;
  channel?: string;
}

export interface Lookout {
  ours(lane: Lane): boolean;
  offer(lanes: readonly Lane[], heads: Heads): void;
}

/** What could not be read, or claimed, is looked at again after this. */
export const lookAgainMs = 500;
const looksAtOnce = 2_000;

export class Looks {
  private readonly wanted = new Map<Lane, number>();
  private readonly log = createLogger('looks');
  private readonly gatherer = new Gatherer<Look>((looks) => this.look(looks), looksAtOnce);

  constructor(
    private readonly pool: Pool,
    private readonly lookout: Lookout,
  ) {}

  want(look: Look, inMs = 0): void {
    this.wanted.set(look.lane, (this.wanted.get(look.lane) ?? 0) + 1);
    if (inMs === 0) this.gatherer.add(look);
    else setTimeout(() => this.gatherer.add(look), inMs).unref();
  }

  pending(lane: Lane): boolean {
    return this.wanted.has(lane);
  }

  private async look(looks: Look[]): Promise<void> {
    try {
      await this.read(looks.filter(({ lane }) => this.lookout.ours(lane)));
    } finally {
      for (const { lane } of looks) {
        const left = (this.wanted.get(lane) ?? 1) - 1;
        if (left > 0) this.wanted.set(lane, left);
        else this.wanted.delete(lane);
      }
    }
  }

  private async read(looks: readonly Look[]): Promise<void> {
    const whole = new Set(looks.filter((look) => look.channel === undefined).map(({ lane }) => lane));
    const channels = new Map<Lane, Set<string>>();
    for (const { lane, channel } of looks) {
      if (channel === undefined || whole.has(lane)) continue;
      const keys = channels.get(lane) ?? new Set();
      channels.set(lane, keys.add(channel));
    }
    try {
      if (whole.size > 0) {
        for (const lane of whole) lane.reading();
        this.lookout.offer(
          [...whole],
          await headsOfLanes(
            this.pool,
            [...whole].map((lane) => lane.id),
          ),
        );
      }
      if (channels.size === 0) return;
      for (const [lane, keys] of channels) lane.reading(keys);
      const pairs = [...channels].flatMap(([lane, keys]) => [...keys].map((channel) => ({ lane: lane.id, channel })));
      this.lookout.offer([...channels.keys()], await headsOfChannels(this.pool, pairs));
    } catch (error) {
      this.log.warn({ err: error }, 'the queues could not be read; trying again');
      for (const look of looks) this.want(look, lookAgainMs);
    }
  }
}
