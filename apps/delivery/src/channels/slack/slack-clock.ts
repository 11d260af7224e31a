// Slack's clock beside ours, as the header `Date` of its answers shows it. Guarantees: right to about a second, and the
// time that the answer took. What it knows is one number for all workspaces, since they have one Slack.

/** A smaller difference is within the margin of whoever asks. */
const toleranceMs = 30_000;

export class SlackClock {
  private aheadMs = 0;

  /** Slack's time now, in ms since 1970. */
  nowMs(): number {
    return Date.now() + this.aheadMs;
  }

  /** Returns whether what was asked by this clock before was asked by a clock that is right. */
  saw(serverDate: number | undefined): boolean {
    if (serverDate === undefined) return true;
    const aheadMs = serverDate - Date.now();
    const wasRight = Math.abs(aheadMs - this.aheadMs) < toleranceMs;
    this.aheadMs = aheadMs;
    return wasRight;
  }
}
