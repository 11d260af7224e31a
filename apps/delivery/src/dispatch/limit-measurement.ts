// What the posting limit must be, measured by the messages that passed: since the last refusal, in the last minute,
// and between the refusals of one run. A token bucket has passed exactly its rate since it was last empty. A window
// has passed exactly its limit in the last minute. It measures only; whether a refusal shows the limit is decided
// elsewhere.
import { AcceptedCount, countedMs } from './accepted-count.ts';

const minuteMs = 60_000;
/** Used for at least this share of what was allowed, the accepted messages measure the limit. */
const saturated = 0.85;
const leastSample = 8;
const leastSampleInRun = 2;
const aheadAtMost = 1.05;
/** The least share of the rate that the limit is taken for: after one refusal, and when more confirms it. */
const leastOfRate = 0.9;
const leastOfRateConfirmed = 0.5;
/** A longer pause between two messages is no use of the rate. */
export const idleMs = 5_000;

export class LimitMeasurement {
  private readonly count = new AcceptedCount();
  private acceptedSince = 0;
  /** What would have been allowed since the last refusal. */
  private allowed = 0;
  private usedUntil: number;
  private refusedAt: number;
  /** When the block that Slack asked for began; what was waited longer says nothing about the limit. */
  private blockedFrom: number;
  /** The highest rate at which messages passed between two refusals of the present run. */
  private fastestInRun = 0;

  constructor(private readonly begun: number) {
    this.usedUntil = this.refusedAt = this.blockedFrom = begun;
  }

  /** Messages accepted since the last refusal. */
  get accepted(): number {
    return this.acceptedSince;
  }

  taken(now: number, perMinute: number): void {
    this.allowed += (Math.max(0, Math.min(now - this.usedUntil, idleMs)) / minuteMs) * perMinute;
    this.usedUntil = now;
  }

  posted(now: number): void {
    this.acceptedSince++;
    this.count.add(now);
  }

  /** A refusal came; `run`: how many of them agree so far. */
  refused(now: number, run: number): void {
    if (run === 1) this.fastestInRun = 0;
    else if (this.acceptedSince >= leastSampleInRun)
      this.fastestInRun = Math.max(this.fastestInRun, (this.acceptedSince * minuteMs) / (now - this.refusedAt));
  }

  /** The refusal is dealt with; the lane waits until `blockedUntil`, `afterMs` of it because Slack asked for it. */
  blocked(now: number, blockedUntil: number, afterMs: number): void {
    this.acceptedSince = this.allowed = 0;
    this.refusedAt = now;
    this.blockedFrom = blockedUntil - afterMs;
    this.usedUntil = blockedUntil;
  }

  /** The lane waits, and the wait is no use of the rate. */
  pausedUntil(until: number): void {
    this.usedUntil = Math.max(this.usedUntil, until);
  }

  /**
   * The limit as the refusal shows it. A bucket lets the last minute run ahead of its rate. Before a minute has passed
   * only the average means anything.
   */
  limit(now: number, rate: number, run: number): number {
    const lastMinute = this.count.since(now - minuteMs, now);
    const average = run === 1 ? this.averageSinceRefusal(now) : this.fastestInRun;
    const isMeasured =
      run === 1 ? this.acceptedSince >= leastSample && this.acceptedSince >= saturated * this.allowed : average > 0;
    const ranAhead = isMeasured && lastMinute > average * aheadAtMost;
    const isFirstMinute = average > 0 && now - this.begun < minuteMs;
    const isConfirmed = run > 1 || (isMeasured && now - this.refusedAt >= minuteMs);
    return Math.min(
      rate,
      Math.max(
        ranAhead || isFirstMinute ? average : lastMinute,
        rate * (isConfirmed ? leastOfRateConfirmed : leastOfRate),
      ),
    );
  }

  private averageSinceRefusal(now: number): number {
    const from = Math.max(this.blockedFrom, now - countedMs);
    return this.count.since(from, now) / Math.max((now - from) / minuteMs, 1 / 60);
  }
}
