// When digests are due. Guarantees: hourly digests are due when the minute of the zone's clock is 00; daily and weekly
// ones at a local time, read as Temporal's `compatible` reads it, once for each date. An instant that is due is always
// later than the one that was asked about. It does not know which members get a digest.
import { dayOf, timeOfDay, weekdayIndexOf, weekdays, type Weekday } from './local-time.ts';
import { quietUntil, type QuietHours } from './quiet-hours.ts';
import { dayMs, hourMs, zoneClock, type ZoneClock } from './zone-clock.ts';

export type DigestCadence = 'hourly' | 'daily' | 'weekly';

export interface DigestSchedule {
  cadence: DigestCadence;
  /** HH:MM, local, accepted by `localTime`. */
  at?: string | undefined;
  /** Of a weekly digest. */
  on?: Weekday | undefined;
}

export interface DigestDue {
  dueAt: number;
  nextDueAt: number;
}

export const defaultDigestTime = '09:00';
export const defaultDigestDay: Weekday = 'mon';

/** The first due instant after `after`, and the one after that (epoch ms). */
export function digestDue(after: number, zone: string, schedule: DigestSchedule): DigestDue {
  const dueAt = dueAfter(after, zone, schedule);
  return { dueAt, nextDueAt: dueAfter(dueAt, zone, schedule) };
}

/**
 * As `digestDue`, of the series in which a digest that falls into quiet time is due at the end of that time. Digests
 * with the same end are one.
 */
export function digestDueOutsideQuiet(
  after: number,
  zone: string,
  schedule: DigestSchedule,
  windows: readonly QuietHours[],
  freeDays?: readonly string[],
): DigestDue {
  const outsideQuiet = (instant: number): number => {
    const first = dueAfter(instant, zone, schedule);
    const quietEnd = quietUntil(instant, zone, windows, freeDays);
    const isBeforeFirst =
      quietEnd !== undefined &&
      quietEnd < first &&
      // A digest that fell into this quiet time before `instant` is still to come, at the end of it.
      quietUntil(dueUpTo(instant, zone, schedule), zone, windows, freeDays) === quietEnd;
    return isBeforeFirst ? quietEnd : (quietUntil(first, zone, windows, freeDays) ?? first);
  };
  const dueAt = outsideQuiet(after);
  return { dueAt, nextDueAt: outsideQuiet(dueAt) };
}

function dueAfter(after: number, zone: string, schedule: DigestSchedule): number {
  const clock = zoneClock(zone);
  switch (schedule.cadence) {
    case 'hourly':
      return wholeHourAfter(after, clock);
    case 'daily':
      return timeAfter(after, clock, schedule, 1);
    case 'weekly':
      return timeAfter(after, clock, schedule, 7);
  }
}

/** The last due instant that is not after `instant`. */
function dueUpTo(instant: number, zone: string, schedule: DigestSchedule): number {
  let due = dueAfter(instant - longestPauseMs[schedule.cadence], zone, schedule);
  for (let next = due; next <= instant; next = dueAfter(next, zone, schedule)) due = next;
  return due;
}

/** More than the time between two due instants, whatever the clock does. */
const longestPauseMs = { hourly: 3 * hourMs, daily: 3 * dayMs, weekly: 9 * dayMs } satisfies Record<
  DigestCadence,
  number
>;

function wholeHourAfter(after: number, clock: ZoneClock): number {
  let span = clock.spanAt(after);
  let due = (Math.floor((after + span.offset) / hourMs) + 1) * hourMs - span.offset;
  while (due >= span.until) {
    const next = clock.spanAt(span.until);
    due = Math.ceil((span.until + next.offset) / hourMs) * hourMs - next.offset;
    span = next;
  }
  return due;
}

function timeAfter(after: number, clock: ZoneClock, { at, on }: DigestSchedule, everyDays: 1 | 7): number {
  const time = timeOfDay(at ?? defaultDigestTime);
  // A gap may move a due instant into the day after its own.
  let day = dayOf(clock.localOf(after)) - 1;
  if (everyDays === 7) day += (weekdays.indexOf(on ?? defaultDigestDay) - weekdayIndexOf(day) + 7) % 7;
  for (;;) {
    const due = clock.instantOf(day * dayMs + time);
    if (due > after) return due;
    day += everyDays;
  }
}
