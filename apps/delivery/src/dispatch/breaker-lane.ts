// The circuit breaker of one lane (docs/adr/0038-circuit-breakers.md). Three calls in a row of which nobody knows what
// came of them open it. Guarantees: while it is open, the lane calls nothing; after a probe that was answered one call
// goes, then two, four and so on; time that it was open uses up nobody's patience. Pure: it is given the time and
// does no I/O.
import { backoffOf, firstProbeMs, KindBreaker, longestProbeMs, type BreakerMember } from './breaker-kind.ts';
import { OpenTime } from './breaker-open-time.ts';
import type { BreakerState } from './breaker-states.ts';

/** What an attempt shows about the other side. */
export type Evidence =
  /** It answered, whatever it said. */
  | 'answered'
  /** Nobody knows whether the request was carried out. */
  | 'ambiguous'
  /** There was no connection, so nothing was sent. */
  | 'unreachable';

/** So many without an answer between open the breaker. */
export const ambiguousInARow = 3;
const unreachableInARow = 5;
/** Where the probe was answered and the trial was not, the next trial costs an ambiguous attempt again: it waits. */
const firstTrialMs = 4_000;
const longestTrialMs = 900_000;
/** A lane that has recovered to this many calls at once is as before. */
const recoveredRoom = 64;

export class LaneBreaker implements BreakerMember {
  openedAt = -Infinity;
  answeredAt = -Infinity;
  private current: BreakerState = 'closed';
  private readonly openTime = new OpenTime();
  private ambiguous = 0;
  private unreachable = 0;
  private failedProbes = 0;
  private failedTrials = 0;
  private probeAt = 0;
  private roomNow = Infinity;
  /** After an outage of all lanes: its own instant to begin. */
  private startAt = -Infinity;
  private seenClosings: number;

  constructor(
    readonly kind: KindBreaker = new KindBreaker(),
    private readonly random: () => number = Math.random,
  ) {
    kind.members.add(this);
    this.seenClosings = kind.closings;
  }

  get state(): BreakerState {
    return this.kind.isOpen ? 'open' : this.current;
  }

  /** The lane is not this process's any more. */
  discard(): void {
    this.kind.members.delete(this);
  }

  /** Whether a call may be written now. */
  mayCall(now: number): boolean {
    this.followKind();
    return !this.kind.isOpen && this.startAt <= now && this.current !== 'open' && this.current !== 'probing';
  }

  /** So many ends more without an answer open it; Infinity: the last call was answered. */
  get suspicion(): number {
    return this.current === 'closed' && this.ambiguous > 0 ? ambiguousInARow - this.ambiguous : Infinity;
  }

  /** How many calls may be under way at once. */
  room(now: number): number {
    return this.mayCall(now) ? this.roomNow : 0;
  }

  /** When something may change without an attempt that ends: a probe is due, or the lane may begin. Null: never. */
  wakeAt(now: number): number | null {
    this.followKind();
    if (this.kind.isOpen) return this.kind.nextProbeAt;
    if (this.current === 'open') return Math.max(this.probeAt, this.startAt);
    return this.startAt > now ? this.startAt : null;
  }

  saw(evidence: Evidence, now: number): void {
    this.followKind();
    if (evidence === 'answered') return this.answered(now);
    // What was under way when it opened ends as it may.
    if (this.current === 'open' || this.current === 'probing') return;
    if (evidence === 'ambiguous') this.ambiguous++;
    else this.unreachable++;
    if (this.current === 'closed') {
      if (this.ambiguous >= ambiguousInARow || this.unreachable >= unreachableInARow) this.open(now, 0);
      return;
    }
    const wait =
      evidence === 'ambiguous' ? backoffOf(++this.failedTrials, firstTrialMs, longestTrialMs, this.random) : 0;
    this.open(now, wait);
  }

  /** Whether the caller is to probe now; `probed` ends that. */
  takeProbe(now: number): boolean {
    if (this.kind.isOpen || this.current !== 'open' || this.probeAt > now || this.startAt > now) return false;
    this.current = 'probing';
    return true;
  }

  probed(answered: boolean, now: number): void {
    if (this.current !== 'probing') return;
    if (answered) {
      this.current = 'trial';
      this.roomNow = 1;
    } else {
      this.failedProbes++;
      this.current = 'open';
      this.probeAt = now + backoffOf(this.failedProbes, firstProbeMs, longestProbeMs, this.random);
    }
  }

  /** How long of the last `ms` the lane called nothing because a breaker was open. */
  openMsOfLast(ms: number, now: number): number {
    return OpenTime.within([this.openTime, this.kind.openTime], now - ms, now);
  }

  private answered(now: number): void {
    this.answeredAt = now;
    this.ambiguous = 0;
    this.unreachable = 0;
    if (this.current === 'trial') {
      this.current = 'recovering';
      this.openTime.closed(now);
    }
    if (this.current !== 'recovering') return;
    this.roomNow *= 2;
    if (this.roomNow < recoveredRoom) return;
    this.current = 'closed';
    this.roomNow = Infinity;
    this.failedProbes = 0;
    this.failedTrials = 0;
  }

  private open(now: number, waitMs: number): void {
    this.current = 'open';
    this.openedAt = now;
    this.openTime.opened(now);
    this.probeAt = now + Math.max(waitMs, backoffOf(this.failedProbes, firstProbeMs, longestProbeMs, this.random));
    this.kind.laneOpened(now);
  }

  /** After the breaker of the kind closes, each lane begins at an instant of its own, with one call. */
  private followKind(): void {
    if (this.kind.closings === this.seenClosings) return;
    this.seenClosings = this.kind.closings;
    this.startAt = this.kind.closedAt + this.kind.startDelay();
    if (this.current === 'closed' || this.current === 'recovering') {
      this.current = 'trial';
      this.roomNow = 1;
    }
  }
}
