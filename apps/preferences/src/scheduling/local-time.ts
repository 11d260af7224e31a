// What people write of the local week: days, and times as HH:MM. It knows no zone and no date.
import { z } from 'zod';
import { dayMs, minuteMs } from './zone-clock.ts';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const weekday = z.enum(weekdays, { error: `must be one of ${weekdays.join(', ')}` });
export type Weekday = z.infer<typeof weekday>;

const hoursAndMinutes = /^([01]\d|2[0-3]):[0-5]\d$/;
const localTimeError = 'must be a local time from 00:00 to 23:59, e.g. 07:30';
export const localTime = z.string(localTimeError).regex(hoursAndMinutes, localTimeError);

/** The milliseconds after midnight. Throws on what `localTime` refuses: no instant can be computed from it. */
export function timeOfDay(time: string): number {
  if (!hoursAndMinutes.test(time)) throw new RangeError(`${JSON.stringify(time)} ${localTimeError}`);
  return (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * minuteMs;
}

/** The day of a local time, counted from 1970-01-01. */
export const dayOf = (local: number): number => Math.floor(local / dayMs);

/** The index in `weekdays`. 1970-01-01 was a Thursday. */
export const weekdayIndexOf = (day: number): number => (((day + 3) % 7) + 7) % 7;
