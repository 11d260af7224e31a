// Pacing before 429: how soon the next message may be written to a channel, and how soon a method may be called in a
// lane. All instants are milliseconds on the monotonic clock of `monotonicNow`; nothing here does I/O.
import type { LaneLimits, Rate } from '../model/lane-limits.ts';

/**
 * Slack sees a message somewhere between our write and its answer. The gap to the next write therefore counts from the
 * answer, but never more than this after the write: a slow answer must not slow the channel down.
 */
const answerMarginMs = 25;
/** Instants are compared with this much tolerance. */
const toleranceMs = 1;

/** One channel's bucket (virtual scheduling: `tat` is when the bucket would be full again). */
export class ChannelPace {
  private tat = 0;
  private before = 0;
  private writtenAt = -Infinity;
  private gapMs = Infinity;
  /** The name of the channel under which it was last written to. */
  private writer: string | undefined;

  /** `since`: what a former owner of the lane wrote until then is not known here. */
  constructor(
    private readonly rate: Rate,
    private readonly since = 0,
  ) {}

  /** When the next message may be written. */
  get opensAt(): number {
    if (this.rate.perSecond === 0) return 0;
    return Math.max(
      this.tat - (this.rate.burst - 1) * this.interval,
      this.since === 0 ? 0 : this.since + this.interval,
    );
  }

  get lastWrittenAt(): number {
    return this.writtenAt;
  }

  /** Whether a message may be written after all: the channel may have been written to under another name. */
  mayWrite(at: number, name: string): boolean {
    return this.writer === undefined || this.writer === name || this.opensAt <= at;
  }

  written(at: number, name: string): void {
    this.before = this.tat;
    this.tat = Math.max(this.tat, at) + this.interval;
    this.gapMs = at - this.writtenAt;
    this.writtenAt = at;
    this.writer = name;
  }

  /** The last message followed the one before so soon that the channel's own limit explains a refusal. */
  get wroteTooSoon(): boolean {
    return this.gapMs < this.interval - toleranceMs;
  }

  /** The last message would have come too soon after the last one of the other, were both the same channel. */
  follows(other: ChannelPace): boolean {
    const gapMs = this.writtenAt - other.writtenAt;
    return gapMs >= 0 && gapMs < this.interval - toleranceMs;
  }

  /** From that instant on, a message of another channel goes first. */
  letPass(from: number): void {
    this.tat = Math.max(this.tat, from + this.interval);
  }

  /** Another pace turned out to be that of the same channel. */
  merge(other: ChannelPace): void {
    this.tat = Math.max(this.tat, other.tat);
    if (other.writtenAt <= this.writtenAt) return;
    this.writtenAt = other.writtenAt;
    this.writer = other.writer;
  }

  answered(writtenAt: number, answeredAt: number): void {
    const seen = Math.min(answeredAt, writtenAt + answerMarginMs);
    this.tat = Math.max(this.before, seen) + this.interval;
  }

  private get interval(): number {
    return this.rate.perSecond === 0 ? 0 : 1000 / this.rate.perSecond;
  }
}

/**
 * Slack counts by minutes of its own clock, so a little is left to it; and a tenth of a minute's worth may come at
 * once.
 */
const shareOfTier = 0.95;
const burstOfTier = 0.1;
const forgottenAfterMs = 300_000;

interface MethodBucket {
  tat: number;
  blockedUntil: number;
  intervalMs: number;
  burst: number;
}

/** The methods of one lane other than posting, each by its tier. Who is told to wait has its place reserved. */
export class MethodPaces {
  private readonly buckets = new Map<string, MethodBucket>();
  private readonly reserved = new Map<string, number>();

  constructor(private readonly callsPerMinute: LaneLimits['callsPerMinute']) {}

  opensAt(method: string): number {
    if (!this.callsPerMinute) return 0;
    const { tat, blockedUntil, burst, intervalMs } = this.bucket(method);
    return Math.max(tat - (burst - 1) * intervalMs, blockedUntil);
  }

  taken(method: string, now: number): void {
    const bucket = this.bucket(method);
    bucket.tat = Math.max(bucket.tat, now) + bucket.intervalMs;
  }

  /**
   * Ms until `who` may call the method; 0 = now, and counted. Asked again by the same `who`, the reserved place holds.
   */
  wait(method: string, who: string, now: number): number {
    const place = `${method} ${who}`;
    const reservedAt = this.reserved.get(place);
    const at = reservedAt === undefined ? this.opensAt(method) : Math.max(reservedAt, this.bucket(method).blockedUntil);
    if (reservedAt === undefined) this.taken(method, now);
    if (at <= now) {
      this.reserved.delete(place);
      return 0;
    }
    this.reserved.set(place, at);
    return at - now;
  }

  /** Slack answered 429. */
  refused(method: string, now: number, afterMs: number): void {
    const bucket = this.bucket(method);
    bucket.blockedUntil = Math.max(bucket.blockedUntil, now + afterMs);
  }

  blocked(now: number): Record<string, number> {
    return Object.fromEntries(
      [...this.buckets]
        .filter(([, { blockedUntil }]) => blockedUntil > now)
        .map(([method, { blockedUntil }]) => [method, blockedUntil]),
    );
  }

  /** Places of those who never came back. */
  prune(now: number): void {
    for (const [place, at] of this.reserved) if (at < now - forgottenAfterMs) this.reserved.delete(place);
  }

  private bucket(method: string): MethodBucket {
    let bucket = this.buckets.get(method);
    if (!bucket) {
      const perMinute = (this.callsPerMinute?.(method) ?? Infinity) * shareOfTier;
      bucket = {
        tat: 0,
        blockedUntil: 0,
        intervalMs: 60_000 / perMinute,
        burst: Math.max(1, Math.floor(perMinute * burstOfTier)),
      };
      this.buckets.set(method, bucket);
    }
    return bucket;
  }
}
