// Quiet hours: when a person is not to be told, by the weekly windows of a member or an organisation and by free days.
// Guarantees: windows begin and end at local times, read as Temporal's `compatible` reads them, so that a window is
// right across changes of the clock. A window does not begin on a date that its zone skips. What is computed from an
// array is remembered under the array itself, so that a repeated call costs less than a microsecond; an array must not
// be changed after it was passed. What is remembered is bounded. It does not know which notifications may ignore it.
import { z } from 'zod';
import { BoundedCache } from '../caches/bounded-cache.ts';
import { dayOf, localTime, timeOfDay, weekday, weekdayIndexOf, weekdays, type Weekday } from './local-time.ts';
import { dayMs, zoneClock, type ZoneClock } from './zone-clock.ts';

export { weekdays, type Weekday };

export const quietHours = z
  .strictObject({
    /** The days on which the window begins. */
    days: z
      .array(weekday)
      .min(1, 'must name a day')
      .refine((days) => new Set(days).size === days.length, 'names a day twice'),
    from: localTime,
    /** Not later than `from`: the window ends on the next day. */
    to: localTime,
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    message: 'must differ from `from`; a whole day is 00:00-12:00 and 12:00-00:00',
  });
/** Not `z.infer`: its arrays are mutable. */
export interface QuietHours {
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
}

/** `quietUntil` takes time for each window: ten that follow each other all day cost 0.2 ms at first. */
export const mostQuietHours = 10;
export const quietHoursList = z.array(quietHours).max(mostQuietHours, `may have at most ${mostQuietHours} windows`);

/** Where it is quiet for longer, this is the end. */
export const longestQuietMs = 31 * dayMs;

/** The end of the quiet time that holds at `at`, as epoch ms; undefined where it is not quiet. */
export function quietUntil(
  at: number,
  zone: string,
  windows: readonly QuietHours[],
  freeDays: readonly string[] = [],
): number | undefined {
  if (windows.length === 0 && freeDays.length === 0) return undefined;
  const free = freeDays.length === 0 ? noDays : freeDaySets.get(freeDays, readFreeDays);
  const week = weeks.get(windows, readWeek);
  const known = week.stretches.get(zone);
  const fits = known !== undefined && at >= known.from && at < known.until && known.free === free;
  let until = fits ? known.until : at;
  if (!fits || !known.complete) {
    const clock = zoneClock(zone);
    const limit = at + longestQuietMs;
    let complete = false;
    while (until < limit && !complete) {
      const end = endAfter(until, clock, week.windows, free);
      if (end === undefined) complete = true;
      else until = end;
    }
    if (until === at) return undefined;
    if (week.stretches.size >= mostStretches) week.stretches.clear();
    week.stretches.set(zone, { from: fits ? known.from : at, until, complete, free });
  }
  return Math.min(until, at + longestQuietMs);
}

/** The latest end of the windows and free days that hold at `at`. */
function endAfter(
  at: number,
  clock: ZoneClock,
  windows: readonly WeeklyWindow[],
  freeDays: ReadonlySet<number>,
): number | undefined {
  const today = dayOf(clock.localOf(at));
  let latest = at;
  // A gap at the end of a window's second day moves its end to the third. Where the clock goes back over midnight, what
  // began on a day holds while the clock shows the day before again.
  for (let day = today - 2; day <= today + 1; day++) {
    const weekdayBit = 1 << weekdayIndexOf(day);
    for (const { days, from, to } of windows) {
      if ((days & weekdayBit) === 0) continue;
      const end = clock.instantOf(day * dayMs + to);
      if (end <= latest || clock.instantOf(day * dayMs + from) > at) continue;
      if (clock.startOfDay(day) < clock.startOfDay(day + 1)) latest = end;
    }
    if (!freeDays.has(day) || clock.startOfDay(day) > at) continue;
    latest = Math.max(latest, clock.startOfDay(day + 1));
  }
  return latest > at ? latest : undefined;
}

/** A window as it is computed with: the weekdays as bits, the times in ms after midnight of the day it begins on. */
interface WeeklyWindow {
  readonly days: number;
  readonly from: number;
  readonly to: number;
}

/** A quiet time that was found: it holds from `from` until `until`, and may go on after it unless it is complete. */
interface Stretch {
  readonly from: number;
  readonly until: number;
  readonly complete: boolean;
  readonly free: ReadonlySet<number>;
}

interface Week {
  readonly windows: readonly WeeklyWindow[];
  /** The last one of each zone. */
  readonly stretches: Map<string, Stretch>;
}

const mostStretches = 50;
const weeks = new BoundedCache<readonly QuietHours[], Week>(2_000);
const freeDaySets = new BoundedCache<readonly string[], ReadonlySet<number>>(1_000);
const noDays: ReadonlySet<number> = new Set();

function readWeek(windows: readonly QuietHours[]): Week {
  const read = windows.map(({ days, from, to }) => ({
    days: days.reduce((bits, day) => bits | (1 << weekdays.indexOf(day)), 0),
    from: timeOfDay(from),
    to: timeOfDay(to) + (from >= to ? dayMs : 0),
  }));
  return { windows: read, stretches: new Map() };
}

const readFreeDays = (days: readonly string[]): ReadonlySet<number> =>
  new Set(days.map((day) => dayOf(Date.parse(`${day}T00:00Z`))));
