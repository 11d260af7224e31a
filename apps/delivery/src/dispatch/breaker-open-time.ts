// How long a circuit breaker was open, so that this time uses up nobody's patience. Keeps the last intervals only: a
// delivery keeps its channel waiting for a minute besides them.

interface Interval {
  from: number;
  /** Infinity: still open. */
  to: number;
}

const mostIntervals = 64;

export class OpenTime {
  private intervals: Interval[] = [];

  opened(now: number): void {
    if (this.intervals.at(-1)?.to === Infinity) return;
    this.intervals.push({ from: now, to: Infinity });
    if (this.intervals.length > mostIntervals) this.intervals.shift();
  }

  closed(now: number): void {
    const last = this.intervals.at(-1);
    if (last?.to === Infinity) last.to = now;
  }

  /** How many ms from `since` to `now` at least one of them was open. */
  static within(all: readonly OpenTime[], since: number, now: number): number {
    const intervals = all.flatMap((one) => one.intervals).sort((a, b) => a.from - b.from);
    let open = 0;
    let counted = since;
    for (const { from, to } of intervals) {
      const end = Math.min(to, now);
      open += Math.max(0, end - Math.max(from, counted));
      counted = Math.max(counted, end);
    }
    return open;
  }
}
