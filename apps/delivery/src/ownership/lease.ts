// How long this process may still send. Counted on the monotonic clock from before the renewal was asked for, so the
// true lease in the database always ends later than what is believed here, also after a freeze or a jump of the wall
// clock.
import { monotonicNow } from '../model/clock.ts';

export class Lease {
  private until = 0;

  /** `callMs`: the longest a call may take. */
  constructor(
    readonly durationMs: number,
    private readonly callMs: number,
  ) {}

  /** `askedAt`: monotonic time just before the renewal was sent. */
  renewed(askedAt: number): void {
    this.until = askedAt + this.durationMs;
  }

  /** The session is gone or somebody took over: nothing may be sent until a renewal succeeds. */
  lost(): void {
    this.until = 0;
  }

  /** Whether a call begun now would end within the lease. */
  coversCall(): boolean {
    return this.until - monotonicNow() > this.callMs;
  }
}
