// Batches of many lanes, in which one lane's locked or slow row does not stop the others. Lanes are spread over a few
// batchers by their hash. A batch that takes too long is split, down to the one item whose row is locked; that item is
// tried again later, and its lane has a batcher of its own for a while. Guarantees: each added item is run until it
// succeeds; the items of other lanes wait for a locked row at most once.
import { partitionOf } from '@carillon/messaging';
import { takesTooLong } from '@carillon/persistence';
import { monotonicNow } from '../model/clock.ts';
import { Batcher } from './batcher.ts';

const shards = 2;
/** How long a lane keeps its own batcher after a row of it was locked. */
const isolatedMs = 10_000;
const tryAgainMs = 500;

interface Isolated<T> {
  batcher: Batcher<T>;
  until: number;
}

export class LaneBatchers<T extends { lane: { id: string } }> {
  private readonly shared: Batcher<T>[];
  private readonly isolated = new Map<string, Isolated<T>>();
  private pending = 0;
  private settling: (() => void)[] = [];

  /** `run` throws only where `takesTooLong` is true of the error, and then has done nothing. */
  constructor(private readonly run: (items: T[]) => Promise<void>) {
    this.shared = Array.from({ length: shards }, () => new Batcher<T>((items) => this.attempt(items)));
  }

  add(item: T): void {
    this.pending++;
    this.enqueue(item);
  }

  /** Resolves when nothing is pending. */
  async settled(): Promise<void> {
    if (this.pending > 0) await new Promise<void>((resolve) => this.settling.push(resolve));
  }

  private enqueue(item: T): void {
    (this.isolatedBatcher(item.lane.id) ?? this.shared[partitionOf(item.lane.id, shards)]!).add(item);
  }

  private async attempt(items: T[]): Promise<void> {
    try {
      await this.run(items);
      this.done(items.length);
    } catch (error) {
      if (!takesTooLong(error)) throw error;
      if (items.length === 1) {
        this.isolate(items[0]!.lane.id);
        setTimeout(() => this.enqueue(items[0]!), tryAgainMs);
        return;
      }
      const middle = items.length >> 1;
      await this.attempt(items.slice(0, middle));
      await this.attempt(items.slice(middle));
    }
  }

  private done(count: number): void {
    this.pending -= count;
    if (this.pending > 0) return;
    for (const resolve of this.settling) resolve();
    this.settling = [];
  }

  private isolate(laneId: string): void {
    const until = monotonicNow() + isolatedMs;
    const isolated = this.isolated.get(laneId);
    if (isolated) isolated.until = until;
    else this.isolated.set(laneId, { batcher: new Batcher<T>((items) => this.attempt(items)), until });
  }

  private isolatedBatcher(laneId: string): Batcher<T> | undefined {
    if (this.isolated.size === 0) return undefined;
    const isolated = this.isolated.get(laneId);
    if (!isolated) return undefined;
    if (isolated.until > monotonicNow() || !isolated.batcher.idle) return isolated.batcher;
    this.isolated.delete(laneId);
    return undefined;
  }
}
