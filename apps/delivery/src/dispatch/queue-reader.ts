// Reads the queues of lanes, many lanes with one statement. Guarantees: a lane has at most one read pending, however
// often it is asked for; what is asked for during a read is read after it; a read that fails is repeated, one that
// takes too long with half as many lanes. A lane with a read pending adds no new delivery by itself, so that none is
// sent before an earlier one that the read will return.
import type { Pool } from 'pg';
import { createLogger } from '@carillon/telemetry';
import {
  headsOfChannels,
  headsOfPages,
  headsPerChannel,
  headsPerPageChannel,
  type QueuePage,
} from '../ledger/queue.ts';
import { monotonicNow } from '../model/clock.ts';
import { takesTooLong } from '@carillon/persistence';
import type { PageRequest } from './lane-pages.ts';
import type { Lane } from './lane.ts';

export interface QueueReaderListener {
  owns(lane: Lane): boolean;
  /** The lane was given what it asked for. */
  offered(lane: Lane): void;
}

/** A queue that could not be read, or a delivery that could not be claimed, is read again after this. */
export const readAgainMs = 500;
const mostLanesPerRead = 100;
/** A lane that asks for more single channels than this reads its queue from the beginning. */
const mostChannelsPerLane = 64;

interface Wanted {
  channels: Set<string>;
}

export class QueueReader {
  /** In the order in which they asked. */
  private readonly wanted = new Map<Lane, Wanted>();
  private readonly reading = new Set<Lane>();
  private lanesPerRead = mostLanesPerRead;
  private running = false;
  private readonly log = createLogger('queue-reader');

  constructor(
    private readonly pool: Pool,
    private readonly listener: QueueReaderListener,
  ) {}

  /** Reads the pages that the lane wants when its turn comes. */
  requestPages(lane: Lane): void {
    this.want(lane);
  }

  requestChannel(lane: Lane, channel: string): void {
    const { channels } = this.want(lane);
    channels.add(channel);
    if (channels.size <= mostChannelsPerLane) return;
    channels.clear();
    lane.miss();
  }

  pending(lane: Lane): boolean {
    return this.wanted.has(lane) || this.reading.has(lane);
  }

  private want(lane: Lane): Wanted {
    let wanted = this.wanted.get(lane);
    if (!wanted) this.wanted.set(lane, (wanted = { channels: new Set() }));
    if (!this.running) {
      this.running = true;
      // A microtask later, so that everything that the present event asks for is read together.
      queueMicrotask(() => void this.run());
    }
    return wanted;
  }

  private async run(): Promise<void> {
    while (this.wanted.size > 0) {
      const batch = new Map<Lane, Wanted>();
      for (const [lane, wanted] of this.wanted) {
        if (batch.size === this.lanesPerRead) break;
        this.wanted.delete(lane);
        if (this.listener.owns(lane)) batch.set(lane, wanted);
      }
      for (const lane of batch.keys()) this.reading.add(lane);
      try {
        await this.read(batch);
        this.lanesPerRead = Math.min(mostLanesPerRead, this.lanesPerRead * 2);
      } catch (error) {
        this.readAgain(batch, error);
      }
      for (const lane of batch.keys()) this.reading.delete(lane);
      for (const lane of batch.keys()) if (this.listener.owns(lane)) this.listener.offered(lane);
    }
    this.running = false;
  }

  private async read(batch: ReadonlyMap<Lane, Wanted>): Promise<void> {
    const channels = [...batch].flatMap(([lane, wanted]) =>
      [...wanted.channels].map((channel) => ({ lane: lane.id, channel })),
    );
    for (const [lane, wanted] of batch) lane.reading(wanted.channels);
    const askedAt = monotonicNow();
    const pages = new Map([...batch.keys()].map((lane) => [lane, lane.wantedPages(askedAt)]));
    const asked = [...pages].flatMap(([lane, requests]) =>
      requests.map((page): QueuePage => ({ lane: lane.id, ...page })),
    );
    const [ofPages, ofChannels] = await Promise.all([
      asked.length > 0 ? headsOfPages(this.pool, asked) : undefined,
      channels.length > 0 ? headsOfChannels(this.pool, channels) : undefined,
    ]);
    const now = monotonicNow();
    for (const [lane, requests] of pages) {
      const heads = ofPages?.get(lane.id) ?? [];
      for (const page of requests) offerPage(lane, page, heads, now);
      lane.offer(ofChannels?.get(lane.id) ?? [], headsPerChannel, now);
    }
  }

  private readAgain(batch: ReadonlyMap<Lane, Wanted>, error: unknown): void {
    this.log.warn({ err: error, lanes: batch.size }, 'the queues could not be read; trying again');
    if (takesTooLong(error)) this.lanesPerRead = Math.max(1, Math.floor(batch.size / 2));
    const again = (): void => {
      for (const [lane, { channels }] of batch) {
        const wanted = this.want(lane);
        for (const channel of channels) wanted.channels.add(channel);
      }
    };
    if (takesTooLong(error) && batch.size > 1) again();
    else setTimeout(again, readAgainMs).unref();
  }
}

function offerPage(lane: Lane, page: PageRequest, heads: Parameters<Lane['offerPage']>[1], now: number): void {
  lane.offerPage(
    page,
    heads.filter(({ priority }) => priority === page.priority),
    headsPerPageChannel,
    now,
  );
}
