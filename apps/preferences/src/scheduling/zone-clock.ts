// The wall clock of a time zone, as integer arithmetic on the transitions that Temporal knows. Guarantees: `instantOf`
// is Temporal's `compatible`: a local time that does not exist is read with the offset before the gap, and of one that
// exists twice the first is meant. A zone that this Node does not know is UTC, so that no zone makes a caller fail. At
// most 1,000 zones are remembered, with at most 32 spans and a few more each.
//
// A local time is a number: the milliseconds that `Date.UTC` gives for what the clock shows. Temporal itself costs
// microseconds per operation, which is too much for each decision.
import { Temporal } from 'temporal-polyfill';
import { BoundedCache } from '../caches/bounded-cache.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** From `from` until `until` the clock is `offset` ahead of UTC. The next span may have the same offset. */
export interface Span {
  readonly from: number;
  readonly until: number;
  readonly offset: number;
}

const mostZones = 1_000;
const mostSpansOfZone = 32;
/** So that the days before an instant, which are asked for too, are read together with it. */
const readBeforeMs = 60 * dayMs;
/** Bounds the search for the next transition in what is remembered: nothing is claimed about the years after. */
const longestSpanMs = 366 * dayMs;

export class ZoneClock {
  private last: Span | undefined;
  private spans: Span[] = [];

  constructor(readonly zone: string) {}

  spanAt(at: number): Span {
    const { last } = this;
    if (last !== undefined && at >= last.from && at < last.until) return last;
    const known = this.spans.find(({ from, until }) => at >= from && at < until);
    return (this.last = known ?? this.readSpans(at));
  }

  localOf(at: number): number {
    return at + this.spanAt(at).offset;
  }

  instantOf(local: number): number {
    return this.find(local, 'compatible');
  }

  /** The first instant of a day, which is not midnight where midnight does not exist. A day is counted from 1970. */
  startOfDay(day: number): number {
    return this.find(day * dayMs, 'end of gap');
  }

  private find(local: number, inGap: 'compatible' | 'end of gap'): number {
    // No offset reaches a day, so this span begins before any instant at which the clock shows `local`.
    let span = this.spanAt(local - dayMs);
    for (;;) {
      const at = local - span.offset;
      if (at < span.until) return at;
      const next = this.spanAt(span.until);
      if (local - next.offset < span.until) return inGap === 'compatible' ? at : span.until;
      span = next;
    }
  }

  private readSpans(at: number): Span {
    if (this.spans.length >= mostSpansOfZone) this.spans = [];
    let from = at - readBeforeMs;
    for (;;) {
      const then = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(this.zone);
      const transition = then.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
      const until = Math.min(transition, from + longestSpanMs);
      const span = { from, until, offset: then.offsetNanoseconds / 1e6 };
      this.spans.push(span);
      if (at < until) return span;
      from = until;
    }
  }
}

const clocks = new BoundedCache<string, ZoneClock>(mostZones);
const clockOf = (zone: string): ZoneClock => new ZoneClock(zoneOrUtc(zone));

export const zoneClock = (zone: string): ZoneClock => clocks.get(zone, clockOf);

const names = new BoundedCache<string, string>(mostZones);

/** The zone under the name that Temporal uses; 'UTC' where it is absent or where this Node does not know it. */
export const zoneOrUtc = (zone: string | undefined): string =>
  zone === undefined ? 'UTC' : names.get(zone, knownName);

function knownName(zone: string): string {
  for (const nameOf of [temporalName, intlName]) {
    try {
      return temporalName(nameOf(zone));
    } catch {
      // The next one may know it.
    }
  }
  return 'UTC';
}

const temporalName = (zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId;

/** Intl knows some old names that Temporal refuses, such as PST, and says what they mean. */
const intlName = (zone: string): string => new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
