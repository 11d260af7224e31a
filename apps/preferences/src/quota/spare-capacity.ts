// What the bulk topic may use of this process: only time in which no request waits that is within its tenant's quota,
// and at most so many requests a second, so that delivery is not flooded either. Guarantees: the bulk goes on, however
// slowly, while the process is never idle.
import { setTimeout as sleep } from 'node:timers/promises';

/** The longest that the bulk stands still for others. */
const patienceMs = 250;
const stepMs = 5;

export class SpareCapacity {
  private busy = 0;
  private freeAt = 0;

  constructor(private readonly perSecond: number) {}

  /** Requests within their quota are handled meanwhile. */
  async inFavour<T>(work: () => Promise<T>): Promise<T> {
    this.busy++;
    try {
      return await work();
    } finally {
      this.busy--;
    }
  }

  /** Resolves when so many requests of the bulk may be decided; at once where the signal is aborted. */
  async turn(requests: number, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const begin = Math.max(now, this.freeAt);
    this.freeAt = begin + (requests / this.perSecond) * 1_000;
    if (begin > now) await sleep(begin - now, undefined, { signal }).catch(() => undefined);
    const end = performance.now() + patienceMs;
    while (this.busy > 0 && !signal.aborted && performance.now() < end) await sleep(stepMs);
  }
}
