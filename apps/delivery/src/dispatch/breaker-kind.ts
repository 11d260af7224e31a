// The circuit breaker over all lanes of one kind of channel (docs/adr/0038-circuit-breakers.md). It opens when the
// breakers of several lanes open within seconds and few others get answers: then the other side is away for everybody.
// Guarantees: while it is open no lane calls, and one probe at a time asks whether the other side answers; after it
// the lanes begin again at different instants. Pure: it is given the time and does no I/O.
import { OpenTime } from './breaker-open-time.ts';

/** What the breaker of a kind needs to know of a lane's. */
export interface BreakerMember {
  readonly openedAt: number;
  readonly answeredAt: number;
}

/** So many lanes whose breakers opened within this time, and at least half of the lanes that were heard of. */
const lanesToOpen = 3;
const togetherMs = 15_000;
export const firstProbeMs = 1_000;
export const longestProbeMs = 60_000;
/** The lanes begin again within this time after the probe that was answered. */
const spreadMs = 5_000;

/** A delay that doubles from `firstMs` up to `mostMs`, less up to a half, so that many do not meet again. */
export const backoffOf = (failures: number, firstMs: number, mostMs: number, random: () => number): number =>
  Math.min(mostMs, firstMs * 2 ** Math.min(failures, 30)) * (1 - random() / 2);

export class KindBreaker {
  readonly members = new Set<BreakerMember>();
  readonly openTime = new OpenTime();
  private state: 'closed' | 'open' | 'probing' = 'closed';
  private failures = 0;
  private probeAt = 0;
  closedAt = -Infinity;
  /** How often it has closed. */
  closings = 0;

  constructor(private readonly random: () => number = Math.random) {}

  get isOpen(): boolean {
    return this.state !== 'closed';
  }

  /** When the next probe is due; null: one is under way, or none is needed. */
  get nextProbeAt(): number | null {
    return this.state === 'open' ? this.probeAt : null;
  }

  /** A delay of its own for each lane, so that they do not all begin at once after an outage. */
  startDelay(): number {
    return this.random() * spreadMs;
  }

  laneOpened(now: number): void {
    if (this.isOpen) return;
    let opened = 0;
    let answered = 0;
    const since = Math.max(now - togetherMs, this.closedAt);
    for (const member of this.members) {
      if (member.openedAt > since) opened++;
      else if (member.answeredAt > since) answered++;
    }
    if (opened < lanesToOpen || opened < answered) return;
    this.state = 'open';
    this.failures = 0;
    this.openTime.opened(now);
    this.probeAt = now + backoffOf(0, firstProbeMs, longestProbeMs, this.random);
  }

  /** Whether the caller is to probe now; `probed` ends that. */
  takeProbe(now: number): boolean {
    if (this.state !== 'open' || this.probeAt > now) return false;
    this.state = 'probing';
    return true;
  }

  probed(answered: boolean, now: number): void {
    if (this.state !== 'probing') return;
    if (answered) {
      this.state = 'closed';
      this.closedAt = now;
      this.closings++;
      this.openTime.closed(now);
      return;
    }
    this.state = 'open';
    this.probeAt = now + backoffOf(++this.failures, firstProbeMs, longestProbeMs, this.random);
  }
}
