// How fast one lane may post. Slack says only "several hundred a minute" per workspace, so the limit is learned from
// its refusals (docs/adr/0015-learned-posting-limit.md). Below an unknown limit the rate grows while it is used. A
// refusal that shows the limit sets the rate just under it, and from then on the rate probes upwards in ever smaller
// steps. A refusal by chance, or one of a channel's own limit, blocks the lane for as long as Slack asked and changes
// no rate. Works for a token bucket and for a sliding window. All instants are monotonic milliseconds; nothing here
// does I/O, so learning is simulated in the specs.
import type { LearnedRate } from '../model/lane-assignment.ts';
import type { PostingSettings } from '../model/lane-limits.ts';
import { idleMs, LimitMeasurement } from './limit-measurement.ts';
import { RefusalClassifier } from './refusal-classifier.ts';

export interface RefusedMessage {
  /** Another message of its channel was written so shortly before that the channel's own limit explains the refusal. */
  ofChannel?: boolean;
}

const minuteMs = 60_000;
/** While no limit is known: the rate doubles in a minute. */
const searchStep = 1;
/** After the first limit. */
const firstStep = 0.25;
const leastStep = 0.002;
/** Where refusals by chance hide the limit, probing costs nothing more, and the rate grows at least by this. */
const leastStepAmongChance = 0.02;
/** After a limit that was far from the rate, learning begins anew with at least this. */
const leastStepAfterChange = 0.1;
/** The rate kept under the limit, and up to which a rate counts as under it. */
const headroom = 0.98;
const underLimit = 0.985;
/** The limit was found where it was before, or near the rate; otherwise it has changed. */
const samePlace = 0.05;
const nearRate = 0.85;
/** For so long after a limit was found, the rate does not grow: a refusal then contradicts the limit. */
const steadyMs = 60_000;
/** Minutes of the limit that were posted on top of it: the limit has risen. */
const risenMinutes = 0.1;
const slowestPerMinute = 20;
/** Refusals in a row with nothing accepted between: the wait doubles, up to this many times. */
const mostDoublings = 5;
/** After a block, messages that were due meanwhile follow at this share of the interval. */
const catchUpInterval = 0.25;

interface Found {
  rate: number;
  step: number;
  limit: number;
}

/** What is known of the lane from before. */
export interface PostingHistory {
  learned?: LearnedRate | undefined;
  takenOver?: boolean;
  /** A refusal of a former owner's message: nothing is learned from it again. */
  blockedForMs?: number;
}

export class PostingPace {
  private found: Found;
  /** What was known before the last refusal that alone showed a limit. */
  private before: Found | null = null;
  private tat = 0;
  private leastTat = 0;
  private refusedUntil = 0;
  private catchingUp = false;
  private takenAt = 0;
  private lastPosted: number;
  private foundAt = 0;
  /** The limit was found although refusals by chance were known. */
  private foundAmongChance = false;
  private steadyUntil = 0;
  private aboveLimit = 0;
  private everLimited = false;
  private given: LearnedRate | null = null;
  private blockMs = 0;
  private everRefused = false;
  private inARow = 0;
  private readonly measurement: LimitMeasurement;
  private readonly classifier = new RefusalClassifier();

  /**
   * `takenOver`: somebody else sent for the lane before; what it sent counts against the same limit, so there is no
   * burst.
   */
  constructor(
    private readonly settings: PostingSettings,
    now: number,
    { learned, takenOver = false, blockedForMs = 0 }: PostingHistory = {},
  ) {
    if (blockedForMs > 0) this.refusedUntil = now + blockedForMs;
    this.found =
      learned && settings.perMinute > 0
        ? { rate: learned.perMinute, step: learned.step, limit: learned.perMinute / headroom }
        : { rate: settings.perMinute, step: firstStep, limit: Infinity };
    if (learned && settings.perMinute > 0) {
      this.everLimited = true;
      this.given = learned;
    }
    if (takenOver && this.perMinute > 0) this.tat = now + (settings.burst - 1) * this.interval;
    this.lastPosted = now;
    this.measurement = new LimitMeasurement(now);
  }

  get perMinute(): number {
    return this.found.rate;
  }

  /** When the next message of the lane may be written. */
  opensAt(): number {
    const open = this.perMinute === 0 ? 0 : this.tat - (this.settings.burst - 1) * this.interval;
    const spaced = this.catchingUp ? this.takenAt + this.interval * catchUpInterval : 0;
    return Math.max(open, spaced, this.refusedUntil);
  }

  /** Blocked by Slack until this instant (0 when it never was). */
  get blockedUntil(): number {
    return this.refusedUntil;
  }

  /** What is worth keeping, once after each change. */
  takeLearned(): LearnedRate | null {
    const { learned, given } = this;
    if (!learned) return null;
    const grown = given ? learned.perMinute / given.perMinute - 1 : Infinity;
    if (learned.step === given?.step && Math.abs(grown) < 0.1) return null;
    return (this.given = learned);
  }

  /** Null while no refusal has shown a limit. */
  get learned(): LearnedRate | null {
    return this.everLimited ? { perMinute: this.found.rate, step: this.found.step } : null;
  }

  taken(now: number): void {
    if (this.perMinute === 0) return;
    this.measurement.taken(now, this.perMinute);
    this.takenAt = now;
    this.tat = Math.max(this.tat, now) + this.interval;
    if (this.tat - (this.settings.burst - 1) * this.interval > now) this.catchingUp = false;
  }

  /** Slack took a message. */
  posted(now: number): void {
    const minutes = Math.min(now - this.lastPosted, idleMs) / minuteMs;
    this.lastPosted = now;
    if (this.perMinute > 0 && minutes > 0 && now >= this.steadyUntil && !this.catchingUp) this.grow(minutes);
    this.inARow = 0;
    this.measurement.posted(now);
    this.classifier.accepted();
  }

  /** Slack answered 429: nothing leaves for `afterMs`. Whether the rate changes depends on what the refusal shows. */
  refused(now: number, afterMs: number, { ofChannel = false }: RefusedMessage = {}): void {
    const isFirst = now >= this.refusedUntil;
    const again = this.everRefused && this.measurement.accepted === 0;
    if (isFirst && !ofChannel) this.inARow = again ? Math.min(this.inARow + 1, mostDoublings) : 0;
    this.refusedUntil = Math.max(this.refusedUntil, now + afterMs * 2 ** (ofChannel ? 0 : this.inARow));
    if (this.perMinute === 0) return;
    // Slack did not count the message.
    this.tat = Math.max(this.tat - this.interval, isFirst ? 0 : this.leastTat);
    if (!isFirst) return;
    const isLimit = !ofChannel && this.showsLimit(now, again);
    // What was due during the block may follow, up to what the headroom leaves free in a minute of Slack's.
    const credit = isLimit ? 0 : 1 + (1 - headroom) * this.perMinute;
    this.leastTat = this.refusedUntil + (this.settings.burst - 1 - credit) * this.interval;
    this.tat = Math.max(this.tat, this.leastTat);
    this.catchingUp = true;
    this.lastPosted = this.refusedUntil;
    if (ofChannel) {
      this.measurement.pausedUntil(this.refusedUntil);
      return;
    }
    this.everRefused = true;
    this.blockMs = this.refusedUntil - now;
    this.measurement.blocked(now, this.refusedUntil, afterMs);
  }

  /** The refusal at that instant was a channel's own after all: what it alone showed is taken back. */
  explain(refusedAt: number): void {
    if (refusedAt === this.foundAt) this.restore();
  }

  /** Adjusts rate, step and limit to a refusal. */
  private showsLimit(now: number, again: boolean): boolean {
    const { rate, limit } = this.found;
    const belowLimit = limit < Infinity && rate <= limit * underLimit;
    const due = (rate * this.blockMs) / minuteMs;
    const kind = this.classifier.refused({ accepted: this.measurement.accepted, due, belowLimit });
    const { run } = this.classifier;
    this.measurement.refused(now, run);
    if (again) this.before = null;
    if (kind === 'limit' && !again) {
      this.lower(now, run);
      return true;
    }
    if (belowLimit && run === 1) this.doubt();
    return false;
  }

  /** Refused again below the limit that was found. What showed that limit may have been chance, too. */
  private doubt(): void {
    if (this.before) {
      this.restore();
      this.classifier.correct();
    } else if (!this.foundAmongChance && this.classifier.chanceIsCertain) {
      this.found = { ...this.found, step: firstStep, limit: Infinity };
      this.steadyUntil = 0;
    }
  }

  private restore(): void {
    if (!this.before) return;
    this.found = this.before;
    this.before = null;
    this.steadyUntil = 0;
  }

  private lower(now: number, run: number): void {
    const { rate, step, limit: limitBefore } = this.found;
    this.before = run === 1 ? this.found : null;
    const limit = this.measurement.limit(now, rate, run);
    const divisor = Math.abs(limit / limitBefore - 1) < samePlace ? 4 : 2;
    this.found = {
      rate: Math.max(slowestPerMinute, headroom * limit),
      step: limit >= nearRate * rate ? Math.max(leastStep, step / divisor) : Math.max(step, leastStepAfterChange),
      limit,
    };
    this.foundAt = now;
    this.foundAmongChance = this.classifier.chanceIsKnown;
    this.steadyUntil = now + steadyMs;
    this.aboveLimit = 0;
    this.everLimited = true;
  }

  private grow(minutes: number): void {
    const { found } = this;
    this.aboveLimit += Math.max(0, found.rate / found.limit - 1) * minutes;
    if (this.aboveLimit > risenMinutes) found.step = Math.min(firstStep, found.step * 2 ** minutes);
    const step = Math.max(
      found.step,
      found.limit === Infinity ? searchStep : 0,
      this.classifier.chanceIsKnown ? leastStepAmongChance : 0,
    );
    found.rate = Math.min(this.settings.mostPerMinute, found.rate * (1 + step) ** minutes);
  }

  private get interval(): number {
    return minuteMs / this.perMinute;
  }
}
