// How long this process may still send. Counted on the monotonic clock from before the renewal was asked for, so the true
// lease in the database always ends later than what is believed here, also after a freeze or a jump of the wall clock.
import { monotonicNow } from './pacing.ts';

export class Lease {
  private until = 0;

  constructor(readonly durationMs: number) {}

  /** `askedAt`: monotonic time just before the renewal was sent. */
  renewed(askedAt: number): void {
    this.until = askedAt + this.durationMs;
  }

  /** The session is gone or somebody took over: nothing may be sent until a renewal succeeds. */
  lost(): void {
    this.until = 0;
  }

  /** Whether a call begun now that takes at most `ms` ends within the lease. */
  outlasts(ms: number): boolean {
    return this.until - monotonicNow() > ms;
  }
}
