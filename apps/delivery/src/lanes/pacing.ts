// Pacing before 429: how soon the next message may leave, per channel and per workspace.
// All instants are milliseconds on the monotonic clock of `monotonicNow`; nothing here does I/O.

/** Milliseconds that never jump, near enough to the wall clock to be read by people. */
export const monotonicNow = (): number => performance.timeOrigin + performance.now();

/** Messages over time; `perSecond` 0 = no limit. */
export interface Rate {
  perSecond: number;
  burst: number;
}

/**
 * Slack sees a message somewhere between our write and its answer. The gap to the next write therefore counts from the
 * answer, but never more than this after the write: a slow answer must not slow the channel down.
 */
const answerMarginMs = 25;

/** One channel's bucket (virtual scheduling: `tat` is when the bucket would be full again). */
export class ChannelPace {
  private tat = 0;
  private before = 0;

  constructor(private readonly rate: Rate) {}

  /** When the next message may be written. */
  get opensAt(): number {
    return this.rate.perSecond === 0 ? 0 : this.tat - (this.rate.burst - 1) * this.interval;
  }

  written(at: number): void {
    this.before = this.tat;
    this.tat = Math.max(this.tat, at) + this.interval;
  }

  answered(writtenAt: number, answeredAt: number): void {
    const seen = Math.min(answeredAt, writtenAt + answerMarginMs);
    this.tat = Math.max(this.before, seen) + this.interval;
  }

  private get interval(): number {
    return this.rate.perSecond === 0 ? 0 : 1000 / this.rate.perSecond;
  }
}

/** Rates as Slack's answers teach them: well under the refused rate after a 429, then slowly up again. */
const backOffFactor = 0.85;
const creepPerMinute = 1.02;
const slowestPerMinute = 30;

/** What one lane may post: starts cautiously and learns. A `perMinute` of 0 = no limit. */
export class PostingPace {
  private tat = 0;
  private raisedAt: number;
  private refusedUntil = 0;
  private wasRefused = false;

  constructor(
    public perMinute: number,
    private readonly burst: number,
    private readonly ceilingPerMinute: number,
    now: number,
  ) {
    this.raisedAt = now;
  }

  /** When the next message of the lane may be written. */
  opensAt(): number {
    const open = this.perMinute === 0 ? 0 : this.tat - (this.burst - 1) * (60_000 / this.perMinute);
    return Math.max(open, this.refusedUntil);
  }

  /** Blocked by Slack until this instant (0 when it never was). */
  get blockedUntil(): number {
    return this.refusedUntil;
  }

  /** The rate worth remembering for the next owner; null while Slack has never refused. */
  get learned(): number | null {
    return this.wasRefused ? this.perMinute : null;
  }

  taken(now: number): void {
    if (this.perMinute === 0) return;
    this.creep(now);
    this.tat = Math.max(this.tat, now) + 60_000 / this.perMinute;
  }

  /** Slack answered 429: nothing leaves for `afterMs`, then at a rate under the refused one, without a burst. */
  refused(now: number, afterMs: number): void {
    const fresh = now >= this.refusedUntil;
    this.refusedUntil = Math.max(this.refusedUntil, now + afterMs);
    this.wasRefused = true;
    if (this.perMinute === 0 || !fresh) return;
    this.perMinute = Math.max(slowestPerMinute, this.perMinute * backOffFactor);
    this.tat = this.refusedUntil + (this.burst - 1) * (60_000 / this.perMinute);
    this.raisedAt = this.refusedUntil;
  }

  private creep(now: number): void {
    const minutes = (now - this.raisedAt) / 60_000;
    if (minutes < 0.1) return;
    this.perMinute = Math.min(this.ceilingPerMinute, this.perMinute * creepPerMinute ** minutes);
    this.raisedAt = now;
  }
}
