// Counts accepted messages by seconds, for the last three minutes. It knows no limit and draws no conclusion.

/** Averages look back this far. */
export const countedMs = 180_000;

export class AcceptedCount {
  private readonly counts = new Array<number>(countedMs / 1_000).fill(0);
  private newest = 0;

  add(now: number): void {
    this.counts[this.advance(now) % this.counts.length]!++;
  }

  since(from: number, now: number): number {
    const last = this.advance(now);
    let sum = 0;
    for (
      let second = Math.max(0, Math.floor(from / 1_000) + 1, last - this.counts.length + 1);
      second <= last;
      second++
    )
      sum += this.counts[second % this.counts.length]!;
    return sum;
  }

  private advance(now: number): number {
    const second = Math.floor(now / 1_000);
    for (let passed = Math.max(0, this.newest + 1, second - this.counts.length + 1); passed <= second; passed++)
      this.counts[passed % this.counts.length] = 0;
    this.newest = Math.max(this.newest, second);
    return this.newest;
  }
}
