// How long this process may still send. Counted from before the renewal was asked for, so the true lease in the
// database always ends later than what is believed here. Counted on three clocks, and the one that is furthest on
// decides: the monotonic clock, which no jump of the wall clock moves back; the boot clock, which counts the time in
// which the machine was suspended; and the wall clock, which is set right after a virtual machine stood still.
import { bootNow, monotonicNow } from '../model/clock.ts';

export type Clock = () => number;

/** What each clock showed at one moment. */
export type Moment = readonly number[];

export class Lease {
  private until: Moment | undefined;

  /** `callMs`: the longest a call may take. */
  constructor(
    readonly durationMs: number,
    private readonly callMs: number,
    private readonly clocks: readonly Clock[] = [monotonicNow, bootNow, Date.now],
  ) {}

  /** To be noted just before a renewal is sent. */
  now(): Moment {
    return this.clocks.map((clock) => clock());
  }

  renewed(askedAt: Moment): void {
    this.until = askedAt.map((at) => at + this.durationMs);
  }

  /** The session is gone or somebody took over: nothing may be sent until a renewal succeeds. */
  lost(): void {
    this.until = undefined;
  }

  /** Whether a call begun now would end within the lease. */
  coversCall(): boolean {
    return this.until?.every((until, n) => until - this.clocks[n]!() > this.callMs) ?? false;
  }
}
