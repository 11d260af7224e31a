// How many requests a key may make: the generic cell rate algorithm, one number per key. Guarantees: a key that stays
// under its rate is never refused; memory is bounded (the least recently used key is forgotten, which gives it a full
// burst again). It counts in this process only, so a service with N replicas allows up to N times as much.
import type { Rate } from './access.ts';

const MOST_KEYS = 50_000;

export class RateLimiter {
  /** Per key, the instant at which its burst is whole again. */
  private readonly fullAt = new Map<string, number>();
  private readonly intervalMs: number;
  private readonly toleranceMs: number;

  constructor(
    { perSecond, burst }: Rate,
    private readonly now: () => number = () => performance.now(),
    private readonly mostKeys = MOST_KEYS,
  ) {
    this.intervalMs = 1_000 / perSecond;
    this.toleranceMs = this.intervalMs * burst;
  }

  /**
   * 0 where the request may go on; else the milliseconds after which the next one may. A refused request costs nothing.
   */
  take(key: string): number {
    const now = this.now();
    const fullAt = Math.max(now, this.fullAt.get(key) ?? now) + this.intervalMs;
    // Half a microsecond for what adding fractions loses.
    const waitMs = fullAt - now - this.toleranceMs - 0.0005;
    if (waitMs > 0) return waitMs;
    this.fullAt.delete(key);
    this.fullAt.set(key, fullAt);
    if (this.fullAt.size > this.mostKeys) this.fullAt.delete(this.fullAt.keys().next().value!);
    return 0;
  }
}
