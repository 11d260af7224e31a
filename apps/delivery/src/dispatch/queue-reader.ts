// Reads the queues of lanes, many at once. Guarantees: a request is served by a read that begins after it; a read is
// repeated until it succeeds; which lanes have a read pending is known, so that no new delivery is sent before an
// earlier one that the read will return.
import type { Pool } from 'pg';
import { createLogger } from '@carillon/telemetry';
import { headsOfChannels, headsOfLanes, type Heads } from '../ledger/queue.ts';
import { Batcher } from './batcher.ts';
import type { Lane } from './lane.ts';

/** What to read of a lane: one channel, or all of it. */
export interface ReadRequest {
  lane: Lane;
  channel?: string;
}

export interface QueueReaderListener {
  ours(lane: Lane): boolean;
  offer(lanes: readonly Lane[], heads: Heads): void;
}

/** A queue that could not be read, or a delivery that could not be claimed, is read again after this. */
export const readAgainMs = 500;
const requestsAtOnce = 2_000;

export class QueueReader {
  private readonly wanted = new Map<Lane, number>();
  private readonly log = createLogger('queue-reader');
  private readonly batcher = new Batcher<ReadRequest>((requests) => this.serve(requests), requestsAtOnce);

  constructor(
    private readonly pool: Pool,
    private readonly listener: QueueReaderListener,
  ) {}

  requestRead(request: ReadRequest, inMs = 0): void {
    this.wanted.set(request.lane, (this.wanted.get(request.lane) ?? 0) + 1);
    if (inMs === 0) this.batcher.add(request);
    else setTimeout(() => this.batcher.add(request), inMs).unref();
  }

  pending(lane: Lane): boolean {
    return this.wanted.has(lane);
  }

  private async serve(requests: ReadRequest[]): Promise<void> {
    try {
      await this.read(requests.filter(({ lane }) => this.listener.ours(lane)));
    } finally {
      for (const { lane } of requests) {
        const left = (this.wanted.get(lane) ?? 1) - 1;
        if (left > 0) this.wanted.set(lane, left);
        else this.wanted.delete(lane);
      }
    }
  }

  private async read(requests: readonly ReadRequest[]): Promise<void> {
    const whole = new Set(requests.filter((request) => request.channel === undefined).map(({ lane }) => lane));
    const channels = new Map<Lane, Set<string>>();
    for (const { lane, channel } of requests) {
      if (channel === undefined || whole.has(lane)) continue;
      const keys = channels.get(lane) ?? new Set();
      channels.set(lane, keys.add(channel));
    }
    try {
      if (whole.size > 0) {
        for (const lane of whole) lane.reading();
        this.listener.offer(
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
      this.listener.offer([...channels.keys()], await headsOfChannels(this.pool, pairs));
    } catch (error) {
      this.log.warn({ err: error }, 'the queues could not be read; trying again');
      for (const request of requests) this.requestRead(request, readAgainMs);
    }
  }
}
