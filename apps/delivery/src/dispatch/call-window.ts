// How many calls of a lane may be unanswered at once: what is under way when an outage begins is ambiguous after it.
// The window is what the lane's posting limit needs at the answer times that were measured (rate × time, and a
// quarter), and three at least. Calls that were begun before one that is answered do not count: the other side works,
// and they are only slow. A call that never ends therefore does not stop the lane. A lane without a posting limit has
// no window.

const least = 3;
/** For answers that take longer than the average. */
const spare = 1.25;
/** The share of the newest answer in the average. */
const weight = 0.2;

export class CallWindow<Call> {
  /** In the order in which they were begun. */
  private readonly underWay = new Map<Call, { n: number; at: number }>();
  private begun = 0;
  private answeredUpTo = 0;
  private averageMs = 0;

  get size(): number {
    return this.underWay.size;
  }

  begin(call: Call, now: number): void {
    if (!this.underWay.has(call)) this.underWay.set(call, { n: ++this.begun, at: now });
  }

  /** It ended, or waits for something that cannot be ambiguous. */
  end(call: Call): void {
    this.underWay.delete(call);
  }

  answered(call: Call, now: number): void {
    const entry = this.underWay.get(call);
    if (!entry) return;
    this.underWay.delete(call);
    this.answeredUpTo = Math.max(this.answeredUpTo, entry.n);
    const tookMs = now - entry.at;
    this.averageMs = this.averageMs === 0 ? tookMs : this.averageMs + weight * (tookMs - this.averageMs);
  }

  /**
   * How many more may begin; `perMinute` 0: the lane has no posting limit. `most`: after a call without an answer, how
   * many more of those are borne.
   */
  room(perMinute: number, most = Infinity): number {
    if (perMinute === 0 && most === Infinity) return Infinity;
    let unanswered = 0;
    for (const { n } of this.underWay.values()) if (n > this.answeredUpTo) unanswered++;
    const needed =
      perMinute === 0 ? Infinity : Math.max(least, Math.ceil((spare * perMinute * this.averageMs) / 60_000));
    return Math.max(0, Math.min(needed, most) - unanswered);
  }
}
