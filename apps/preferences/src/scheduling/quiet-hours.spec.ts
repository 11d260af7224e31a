// Against an oracle that asks Temporal about each window by itself, without merging and without memory.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { longestQuietMs, quietHours, quietHoursList, quietUntil, weekdays, type QuietHours } from './quiet-hours.ts';
import { anyZone, inZone, instantIn } from './testing/zones.ts';
import { dayMs, minuteMs } from './zone-clock.ts';

const iso = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString().slice(0, 16);

function isQuiet(at: number, zone: string, windows: readonly QuietHours[], freeDays: readonly string[]): boolean {
  const today = inZone(at, zone).toPlainDate();
  for (let distance = -2; distance <= 2; distance++) {
    const day = today.add({ days: distance });
    const start = day.toZonedDateTime(zone);
    if (!start.toPlainDate().equals(day)) continue;
    const tomorrow = day.add({ days: 1 });
    const instant = (date: Temporal.PlainDate, time: string): number =>
      date.toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds;
    if (
      freeDays.includes(day.toString()) &&
      start.epochMilliseconds <= at &&
      at < tomorrow.toZonedDateTime(zone).epochMilliseconds
    )
      return true;
    for (const { days, from, to } of windows) {
      if (!days.includes(weekdays[day.dayOfWeek - 1]!)) continue;
      if (instant(day, from) <= at && at < instant(from < to ? day : tomorrow, to)) return true;
    }
  }
  return false;
}

/** By what the clock shows, as a person would say it: right wherever the clock is not changed nearby. */
function isQuietByClock(at: number, zone: string, windows: readonly QuietHours[]): boolean {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(at);
  const part = (type: string): string => parts.find((each) => each.type === type)!.value;
  const now = `${part('hour')}:${part('minute')}`;
  const today = weekdays.findIndex((day) => day === part('weekday').toLowerCase());
  return windows.some(({ days, from, to }) => {
    const begins = days.includes(weekdays[today]!);
    const began = days.includes(weekdays[(today + 6) % 7]!);
    return from < to ? begins && from <= now && now < to : (begins && from <= now) || (began && now < to);
  });
}

const time = fc.oneof(
  fc.constantFrom('00:00', '02:00', '02:30', '03:00', '07:00', '22:00', '23:30', '12:00'),
  fc.integer({ min: 0, max: 1_439 }).map((minute) => new Date(minute * minuteMs).toISOString().slice(11, 16)),
);
const window = fc
  .record({ days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }), from: time, to: time })
  .filter(({ from, to }) => from !== to);
const windowsOf = fc.array(window, { maxLength: 4 });
const place = anyZone.chain((zone) => fc.tuple(fc.constant(zone), instantIn(zone)));
const freeDaysNear = (at: number, zone: string, distances: readonly number[]): string[] =>
  distances.map((days) => inZone(at, zone).toPlainDate().add({ days }).toString());

test('the time until the answer is quiet, and at the answer it is not quiet or the bound is reached', () => {
  let quiet = 0;
  fc.assert(
    fc.property(place, windowsOf, fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 3 }), (at, windows, free) => {
      const [zone, instant] = at;
      const freeDays = freeDaysNear(instant, zone, free);
      const until = quietUntil(instant, zone, windows, freeDays);
      expect(until !== undefined).toBe(isQuiet(instant, zone, windows, freeDays));
      if (until === undefined) return;
      quiet++;
      expect(until).toBeGreaterThan(instant);
      expect(until).toBeLessThanOrEqual(instant + longestQuietMs);
      if (until < instant + longestQuietMs) expect(isQuiet(until, zone, windows, freeDays)).toBe(false);
      // The last minute, and others in between.
      for (let sample = 0; sample < 8; sample++) {
        const between = instant + Math.floor(((until - instant) * sample) / (8 * minuteMs)) * minuteMs;
        expect(isQuiet(between, zone, windows, freeDays)).toBe(true);
      }
      expect(isQuiet(until - 1, zone, windows, freeDays)).toBe(true);
    }),
    { numRuns: 250 },
  );
  expect(quiet).toBeGreaterThan(60);
});

test('every minute of a day around a transition is as the oracle says, and later questions agree with earlier ones', () => {
  fc.assert(
    fc.property(place, windowsOf, ([zone, start], windows) => {
      for (let at = start; at < start + dayMs; at += 29 * minuteMs) {
        const until = quietUntil(at, zone, windows);
        expect(until !== undefined).toBe(isQuiet(at, zone, windows, []));
        // The same settings in another array: nothing is remembered of it.
        expect(quietUntil(at, zone, [...windows])).toBe(until);
      }
    }),
    { numRuns: 15 },
  );
});

test('far from transitions it is quiet when the clock shows a time in a window', () => {
  fc.assert(
    fc.property(place, windowsOf, ([zone, at], windows) => {
      const offsets = [-2, 0, 2].map((days) => inZone(at + days * dayMs, zone).offsetNanoseconds);
      fc.pre(new Set(offsets).size === 1);
      expect(quietUntil(at, zone, windows) !== undefined).toBe(isQuietByClock(at, zone, windows));
    }),
    { numRuns: 200 },
  );
});

test('settings that are asked for in turn, in several zones, do not mix', () => {
  const settings = [
    [{ days: ['fri'], from: '22:00', to: '07:00' }],
    [{ days: ['fri'], from: '21:00', to: '08:00' }],
  ] as const;
  const freeDays = [[], ['2026-06-06'], ['2026-06-06', '2026-06-07']];
  const at = Date.parse('2026-06-05T21:30:00Z');
  const ask = () =>
    settings.flatMap((windows) =>
      freeDays.flatMap((free) =>
        ['UTC', 'Europe/London', 'Asia/Tokyo'].map((zone) => quietUntil(at, zone, windows, free)),
      ),
    );
  const first = ask();
  expect(first.slice(0, 9).map(iso)).toEqual([
    ...[undefined, '2026-06-06T06:00', '2026-06-05T22:00'],
    ...[undefined, '2026-06-06T23:00', '2026-06-06T15:00'],
    ...[undefined, '2026-06-07T23:00', '2026-06-07T15:00'],
  ]);
  expect(ask()).toEqual(first);
});

const nightly: QuietHours[] = [{ days: weekdays, from: '22:00', to: '07:00' }];
const onFriday: QuietHours[] = [{ days: ['fri'], from: '09:00', to: '17:00' }];
const dayLong: QuietHours[] = [{ days: ['fri'], from: '23:50', to: '23:40' }];
const sunday: QuietHours[] = [{ days: ['sun'], from: '00:00', to: '06:00' }];
const early: QuietHours[] = [{ days: weekdays, from: '01:00', to: '02:30' }];

test.each([
  ['Paris, the night with 23 hours', 'Europe/Paris', nightly, '2026-03-28T21:00Z', '2026-03-29T05:00'],
  ['Paris, the night with 25 hours', 'Europe/Paris', nightly, '2026-10-24T20:00Z', '2026-10-25T06:00'],
  ['Paris, the end falls into the gap', 'Europe/Paris', early, '2026-03-29T00:30Z', '2026-03-29T01:30'],
  ['Paris, the end comes twice: the first', 'Europe/Paris', early, '2026-10-24T23:30Z', '2026-10-25T00:30'],
  ['Paris, between the two ends', 'Europe/Paris', early, '2026-10-25T01:15Z', undefined],
  ['Casablanca, before Ramadan', 'Africa/Casablanca', nightly, '2026-02-13T22:00Z', '2026-02-14T06:00'],
  ['Casablanca, into Ramadan', 'Africa/Casablanca', nightly, '2026-02-14T22:00Z', '2026-02-15T07:00'],
  ['Casablanca, out of Ramadan', 'Africa/Casablanca', nightly, '2026-03-21T23:00Z', '2026-03-22T06:00'],
  ['Lord Howe, half an hour less', 'Australia/Lord_Howe', nightly, '2026-10-03T12:00Z', '2026-10-03T20:00'],
  [
    'Lord Howe, the end falls into the gap',
    'Australia/Lord_Howe',
    [{ ...early[0]!, to: '02:10' }],
    '2026-10-03T15:00Z',
    '2026-10-03T15:40',
  ],
  ['Apia, Thursday night ends on Saturday morning', 'Pacific/Apia', nightly, '2011-12-30T09:00Z', '2011-12-30T17:00'],
  ['Apia, a window of the missing Friday', 'Pacific/Apia', onFriday, '2011-12-30T20:00Z', undefined],
  ['Apia, a window of the Friday before', 'Pacific/Apia', onFriday, '2011-12-23T20:00Z', '2011-12-24T03:00'],
  ['Nuuk, the gap moves the end to a third day', 'America/Nuuk', dayLong, '2026-03-29T01:20Z', '2026-03-29T01:40'],
  [
    'St. John’s, Saturday again after Sunday began',
    'America/St_Johns',
    sunday,
    '2010-11-07T02:40Z',
    '2010-11-07T09:30',
  ],
  ['Kathmandu', 'Asia/Kathmandu', nightly, '2026-06-01T18:00Z', '2026-06-02T01:15'],
] as const)('%s', (_name, zone, windows, at, until) => {
  expect(iso(quietUntil(Date.parse(at), zone, windows))).toBe(until);
});

test('Friday 22:00-07:00 ends on Saturday morning, and Saturday evening is not quiet', () => {
  const friday: QuietHours[] = [{ days: ['fri'], from: '22:00', to: '07:00' }];
  const at = (text: string) => iso(quietUntil(Date.parse(text), 'UTC', friday));
  expect(at('2026-06-05T21:59Z')).toBeUndefined();
  expect(at('2026-06-05T22:00Z')).toBe('2026-06-06T07:00');
  expect(at('2026-06-06T06:59Z')).toBe('2026-06-06T07:00');
  expect(at('2026-06-06T07:00Z')).toBeUndefined();
  expect(at('2026-06-06T23:00Z')).toBeUndefined();
});

test('nights, a weekend of two windows and a free Monday are one quiet time', () => {
  const windows: QuietHours[] = [
    ...nightly,
    { days: ['sat', 'sun'], from: '00:00', to: '12:00' },
    { days: ['sat', 'sun'], from: '12:00', to: '00:00' },
  ];
  const until = quietUntil(Date.parse('2026-06-05T23:00Z'), 'UTC', windows, ['2026-06-08']);
  expect(iso(until)).toBe('2026-06-09T07:00');
});

test('a free day holds while the clock shows the day before it again', () => {
  const until = quietUntil(Date.parse('2010-11-07T02:40Z'), 'America/St_Johns', [], ['2010-11-07']);
  expect(iso(until)).toBe('2010-11-08T03:30');
});

test('a free day that the zone skips is not quiet, and the day after it is not either', () => {
  for (let hour = 0; hour < 72; hour++)
    expect(quietUntil(Date.parse('2011-12-29T00:00Z') + hour * 60 * minuteMs, 'Pacific/Apia', [], ['2011-12-30'])).toBe(
      undefined,
    );
});

test('where it is always quiet the answer is 31 days ahead, for each instant', () => {
  const always: QuietHours[] = [
    { days: weekdays, from: '00:00', to: '12:00' },
    { days: weekdays, from: '12:00', to: '00:00' },
  ];
  for (let at = Date.UTC(2026, 2, 1); at < Date.UTC(2026, 6, 1); at += 7 * 60 * minuteMs)
    expect(quietUntil(at, 'Europe/Paris', always)).toBe(at + longestQuietMs);
});

test('a zone that Node does not know is read as UTC', () => {
  expect(iso(quietUntil(Date.parse('2026-06-01T23:00Z'), 'Mars/Olympus', nightly))).toBe('2026-06-02T07:00');
});

test.each([
  [{ days: [], from: '22:00', to: '07:00' }, 'days', 'must name a day'],
  [{ days: ['mon', 'mon'], from: '22:00', to: '07:00' }, 'days', 'names a day twice'],
  [{ days: ['monday'], from: '22:00', to: '07:00' }, 'days.0', 'must be one of mon, tue, wed, thu, fri, sat, sun'],
  [{ days: ['mon'], from: '24:00', to: '07:00' }, 'from', 'must be a local time from 00:00 to 23:59, e.g. 07:30'],
  [{ days: ['mon'], from: '22:00', to: '7:00' }, 'to', 'must be a local time from 00:00 to 23:59, e.g. 07:30'],
  [
    { days: ['mon'], from: '22:00', to: '22:00' },
    'to',
    'must differ from `from`; a whole day is 00:00-12:00 and 12:00-00:00',
  ],
  [{ days: ['mon'], from: '22:00', to: '07:00', zone: 'UTC' }, '', 'Unrecognized key: "zone"'],
])('the schema refuses %j and says why', (input, path, message) => {
  const { issues } = quietHours.safeParse(input).error!;
  expect(issues.map((issue) => [issue.path.join('.'), issue.message])).toEqual([[path, message]]);
});

test('a stored time that the schema refuses is an error, not a wrong answer', () => {
  const windows: QuietHours[] = [{ days: ['mon'], from: '22:00', to: '7:00' }];
  expect(() => quietUntil(Date.UTC(2026, 5, 1), 'UTC', windows)).toThrow('"7:00" must be a local time');
});

test('the schema accepts what the documentation shows, and at most 10 windows', () => {
  const shown = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '22:00', to: '07:00' };
  expect(quietHours.parse(shown)).toEqual(shown);
  expect(quietHoursList.safeParse(Array.from({ length: 10 }, () => shown)).success).toBe(true);
  expect(quietHoursList.safeParse(Array.from({ length: 11 }, () => shown)).success).toBe(false);
});
