// How fast one lane may post. Slack says only "several hundred a minute" per workspace, so the limit is learned from
// its refusals: below an unknown limit the rate grows while it is used; a refusal tells what the limit must be, and
// from then on the rate stays just under it, probing upwards in ever smaller steps. Works for a token bucket and for a
// sliding window. All instants are monotonic milliseconds; nothing here does I/O, so learning is simulated in the
// specs.

/** What one owner of a lane learned and hands to the next. */
export interface Learned {
  perMinute: number;
  /** Growth per minute of use, as a share. */
  step: number;
}

export interface PostingSettings {
  /** Where learning begins; 0 = no limit at all. */
  perMinute: number;
  burst: number;
  mostPerMinute: number;
}

const firstStep = 0.25;
const leastStep = 0.002;
/** The rate kept under an estimate of the limit. */
const headroom = 0.98;
/** Used for at least this share of what was allowed, the accepted messages measure the limit. */
const saturated = 0.85;
const leastSample = 8;
/** How much of what went through before is kept at least, and how much of the rate at one refusal. */
const provenShare = 0.95;
const keptShare = 0.6;
const aheadAtMost = 1.05;
/** Averages look back this far. */
const averageMs = 180_000;
const slowestPerMinute = 20;
/** Refusals in a row with nothing accepted between: the wait doubles, up to this many times. */
const mostDoublings = 5;
/** A longer pause between two messages is no use of the rate. */
const idleMs = 5_000;

export class PostingPace {
  private rate: number;
  private step = firstStep;
  private tat = 0;
  private refusedUntil = 0;
  private lastTaken: number;
  private lastPosted: number;
  private changed = false;
  /** Since the last refusal: when, what was accepted, what would have been allowed. */
  private since: number;
  private readonly begun: number;
  private accepted = 0;
  private allowed = 0;
  private refusals = 0;
  private inARow = 0;
  /** What went through in a minute or more that began with a refusal: the limit cannot be lower. */
  private proven = 0;
  private provingSince = Infinity;
  private proving = 0;
  private readonly recent = new RecentCount();

  /**
   * `takenOver`: somebody else sent for the lane before; what it sent counts against the same limit, so there is no
   * burst.
   */
  constructor(
    private readonly settings: PostingSettings,
    now: number,
    { learned, takenOver = false }: { learned?: Learned | undefined; takenOver?: boolean } = {},
  ) {
    this.rate = settings.perMinute === 0 ? 0 : (learned?.perMinute ?? settings.perMinute);
    if (learned) this.step = learned.step;
    if (takenOver && this.rate > 0) this.tat = now + (settings.burst - 1) * this.interval;
    this.begun = this.since = this.lastTaken = this.lastPosted = now;
  }

  get perMinute(): number {
    return this.rate;
  }

  /** When the next message of the lane may be written. */
  opensAt(): number {
    const open = this.rate === 0 ? 0 : this.tat - (this.settings.burst - 1) * this.interval;
    return Math.max(open, this.refusedUntil);
  }

  /** Blocked by Slack until this instant (0 when it never was). */
  get blockedUntil(): number {
    return this.refusedUntil;
  }

  /** What is worth keeping, once after each change. */
  takeLearned(): Learned | null {
    if (!this.changed) return null;
    this.changed = false;
    return this.learned;
  }

  /** Null while Slack has never refused. */
  get learned(): Learned | null {
    return this.step < firstStep ? { perMinute: this.rate, step: this.step } : null;
  }

  taken(now: number): void {
    if (this.rate === 0) return;
    const minutes = Math.min(now - this.lastTaken, idleMs) / 60_000;
    this.lastTaken = now;
    this.allowed += Math.max(0, minutes) * this.rate;
    this.tat = Math.max(this.tat, now) + this.interval;
  }

  /** Slack took a message. */
  posted(now: number): void {
    const minutes = Math.min(now - this.lastPosted, idleMs) / 60_000;
    this.lastPosted = now;
    if (this.rate > 0 && minutes > 0)
      this.rate = Math.min(this.settings.mostPerMinute, this.rate * (1 + this.step) ** minutes);
    this.accepted++;
    this.proving++;
    this.inARow = 0;
    this.recent.add(now);
  }

  /** Slack answered 429: nothing leaves for `afterMs`, then at a rate under the limit, without a burst. */
  refused(now: number, afterMs: number): void {
    const fresh = now >= this.refusedUntil;
    const again = this.accepted === 0 && this.refusals > 0;
    if (fresh) this.inARow = again ? Math.min(this.inARow + 1, mostDoublings) : 0;
    this.refusedUntil = Math.max(this.refusedUntil, now + afterMs * 2 ** this.inARow);
    if (this.rate === 0 || !fresh) return;
    this.prove(now);
    if (!again) {
      this.rate = Math.max(
        slowestPerMinute,
        headroom * this.estimate(now),
        Math.min(this.rate, provenShare * this.proven),
      );
      this.step = Math.max(leastStep, this.step / 2);
    }
    this.tat = this.refusedUntil + (this.settings.burst - 1) * this.interval;
    this.lastTaken = this.lastPosted = this.refusedUntil;
    // The time that Slack asked for is its own; what was waited longer says nothing about the limit.
    this.since = this.refusedUntil - afterMs;
    this.accepted = this.allowed = 0;
    this.refusals++;
    this.changed = true;
  }

  /**
   * Refusals that have nothing to do with the rate (a flood elsewhere, a fault of Slack's) must not starve the lane:
   * what demonstrably went through is kept.
   */
  private prove(now: number): void {
    const minutes = (now - this.provingSince) / 60_000;
    if (minutes >= 1) this.proven = Math.max(this.proven, this.proving / minutes);
    if (minutes >= 1 || this.provingSince === Infinity) {
      this.provingSince = now;
      this.proving = 0;
    }
  }

  /**
   * The limit as the refusal shows it. A window counts the last minute; a bucket counts the average since it was last
   * empty, and lets the last minute run ahead of that. Before a minute has passed only the average means anything.
   */
  private estimate(now: number): number {
    const lastMinute = this.recent.since(now - 60_000, now);
    const from = Math.max(this.since, now - averageMs);
    const average = this.recent.since(from, now) / Math.max((now - from) / 60_000, 1 / 60);
    const measured = this.accepted >= leastSample && this.accepted >= saturated * this.allowed;
    const ranAhead = measured && lastMinute > average * aheadAtMost;
    const estimate = ranAhead || now - this.begun < 60_000 ? average : lastMinute;
    return Math.min(this.rate, Math.max(estimate, this.rate * keptShare));
  }

  private get interval(): number {
    return 60_000 / this.rate;
  }
}

/** How many in the last three minutes, by seconds. */
class RecentCount {
  private readonly counts = new Array<number>(averageMs / 1_000).fill(0);
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
