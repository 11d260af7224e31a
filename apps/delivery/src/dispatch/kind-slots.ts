// The slots of one kind of channel, and the lanes that wait for one (docs/adr/0043). Guarantees: lanes without a slot
// come first, then, in rotation, those that want more; the lane that has released a slot is asked behind them.
import { SlotPool } from '../model/slot-pool.ts';
import type { Lane } from './lane.ts';

/** Of the lanes that wait for more, at each release. */
const mostPassedOver = 8;

export class KindSlots {
  private readonly pool: SlotPool<Lane>;
  private readonly waitingForFirst = new Set<Lane>();
  private readonly waitingForMore = new Set<Lane>();

  constructor(capacity: number) {
    this.pool = new SlotPool(capacity);
  }

  /** Whether a lane waits that has no slot at all. */
  get anyWaitsForFirst(): boolean {
    return this.waitingForFirst.size > 0;
  }

  roomFor(lane: Lane): number {
    return this.pool.roomFor(lane);
  }

  heldBy(lane: Lane): number {
    return this.pool.heldBy(lane);
  }

  take(lane: Lane, count = 1): void {
    this.pool.take(lane, count);
  }

  release(lane: Lane): void {
    this.pool.release(lane);
  }

  wait(lane: Lane): void {
    (this.pool.heldBy(lane) === 0 ? this.waitingForFirst : this.waitingForMore).add(lane);
  }

  /** The lane waits no more; what it holds stays its own. */
  forget(lane: Lane): void {
    this.waitingForFirst.delete(lane);
    this.waitingForMore.delete(lane);
  }

  /**
   * After a release by the lane. A lane that holds its share already is passed over; its own dispatches serve it when
   * they end.
   * @param pump lets a lane take what it may; one that is still short waits again
   */
  serve(lane: Lane, pump: (lane: Lane) => void): void {
    const { pool, waitingForFirst, waitingForMore } = this;
    if (waitingForFirst.size + waitingForMore.size === 0) {
      pump(lane);
      return;
    }
    this.wait(lane);
    for (const waiting of waitingForFirst) {
      if (pool.free === 0) return;
      waitingForFirst.delete(waiting);
      pump(waiting);
    }
    let passed = 0;
    for (let left = waitingForMore.size; left > 0 && pool.free > 0 && passed < mostPassedOver; left--) {
      const [waiting] = waitingForMore;
      waitingForMore.delete(waiting!);
      if (pool.roomFor(waiting!) > 0) pump(waiting!);
      else {
        waitingForMore.add(waiting!);
        passed++;
      }
    }
  }
}
