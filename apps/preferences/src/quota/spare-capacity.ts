// Limits the work on deferred requests. They are resolved while no request within its tenant's quota is handled, and at
// most at a fixed rate, so that delivery is not flooded. Guarantee: deferred requests are resolved, slowly, even while
// the process is never idle.
import { setTimeout as sleep } from 'node:timers/promises';

/** The longest that deferred requests wait for others. */
const longestWaitMs = 1_000;
const stepMs = 5;
/** Behind a chunk of so many requests there are more, for which this process waits now. */
const backlogChunk = 500;
/** How long after such a chunk the next one is expected: it is fetched and decoded meanwhile. */
const backlogMs = 250;

/** A rate that is not exceeded, whoever shares it. */
export class Pace {
  private freeAt = 0;

  constructor(private readonly perSecond: number) {}

  /** How long to wait before so many more; they count from then on. */
  reserveMs(count: number): number {
    const now = performance.now();
    const begin = Math.max(now, this.freeAt);
    this.freeAt = begin + (count / this.perSecond) * 1_000;
    return begin - now;
  }
}

export class SpareCapacity {
  private busy = 0;
  private backlogUntil = 0;
  private readonly pace: Pace;

  constructor(perSecond: number) {
    this.pace = new Pace(perSecond);
  }

  /** While this work on requests runs, and while more are expected behind them, deferred requests wait. */
  async prioritize<T>(requests: number, work: () => Promise<T>): Promise<T> {
    this.busy++;
    try {
      return await work();
    } finally {
      this.busy--;
      if (requests >= backlogChunk) this.backlogUntil = performance.now() + backlogMs;
    }
  }

  /**
   * Resolves when so many deferred requests, or others of the given pace, may be resolved; at once where the signal is
   * aborted.
   */
  async turn(count: number, signal: AbortSignal, pace = this.pace): Promise<void> {
    const waitMs = pace.reserveMs(count);
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    const end = performance.now() + longestWaitMs;
    while (this.mustWait(performance.now()) && !signal.aborted && performance.now() < end) await sleep(stepMs);
  }

  private mustWait(nowMs: number): boolean {
    return this.busy > 0 || nowMs < this.backlogUntil;
  }
}
