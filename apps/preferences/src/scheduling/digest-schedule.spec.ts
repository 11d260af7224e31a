// Every zone, around its transitions, against the clock that Temporal shows.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestDue, digestDueOutsideQuiet, type DigestDue, type DigestSchedule } from './digest-schedule.ts';
import { quietUntil, weekdays, type QuietHours } from './quiet-hours.ts';
import { anyZone, inZone, instantIn } from './testing/zones.ts';
import { dayMs, hourMs, minuteMs } from './zone-clock.ts';

const both = ({ dueAt, nextDueAt }: DigestDue): number[] => [dueAt, nextDueAt];
const iso = (at: number): string => new Date(at).toISOString().slice(0, 16);

const time = fc.oneof(
  fc.constantFrom('00:00', '00:30', '02:00', '02:30', '23:30', '09:00'),
  fc.integer({ min: 0, max: 1_439 }).map((minute) => new Date(minute * minuteMs).toISOString().slice(11, 16)),
);
const schedules: fc.Arbitrary<DigestSchedule> = fc.oneof(
  fc.constant<DigestSchedule>({ cadence: 'hourly' }),
  time.map((at): DigestSchedule => ({ cadence: 'daily', at })),
  fc.record({ cadence: fc.constant('weekly' as const), at: time, on: fc.constantFrom(...weekdays) }),
);
const place = anyZone.chain((zone) => fc.tuple(fc.constant(zone), instantIn(zone)));

/** Found minute by minute: the first instant after `after` at which the zone's clock shows a whole hour. */
function wholeHourByMinutes(after: number, zone: string): number {
  for (let at = after + minuteMs; ; at += minuteMs) if (inZone(at, zone).minute === 0) return at;
}

/** Found date by date, from long before: the first instant after `after` that Temporal gives for the local time. */
function timeByDates(after: number, zone: string, { cadence, at, on }: DigestSchedule): number {
  const start = inZone(after, zone).toPlainDate();
  for (let distance = -4; ; distance++) {
    const day = start.add({ days: distance });
    if (cadence === 'weekly' && weekdays[day.dayOfWeek - 1] !== on) continue;
    const due = day.toZonedDateTime({ timeZone: zone, plainTime: at! }).epochMilliseconds;
    if (due > after) return due;
  }
}

const oracle = (after: number, zone: string, schedule: DigestSchedule): number =>
  schedule.cadence === 'hourly' ? wholeHourByMinutes(after, zone) : timeByDates(after, zone, schedule);

test('digests are due at the first instant after, and then at the first after that', () => {
  fc.assert(
    fc.property(place, schedules, ([zone, after], schedule) => {
      const { dueAt, nextDueAt } = digestDue(after, zone, schedule);
      expect(dueAt).toBe(oracle(after, zone, schedule));
      expect(nextDueAt).toBe(oracle(dueAt, zone, schedule));
      expect(dueAt).toBeGreaterThan(after);
      expect(nextDueAt).toBeGreaterThan(dueAt);
    }),
    { numRuns: 250 },
  );
});

test('the clock shows the chosen time and day, unless that time does not exist on its date', () => {
  fc.assert(
    fc.property(place, schedules, ([zone, after], schedule) => {
      const due = inZone(digestDue(after, zone, schedule).dueAt, zone);
      const shown = due.toPlainTime().toString().slice(0, 5);
      if (schedule.cadence === 'hourly') return expect(due.minute).toBe(0);
      if (shown === schedule.at) {
        // A missing date, as in Apia, moves a weekly digest to the next day at its time.
        const gapBefore = due.subtract({ hours: 36 }).offset !== due.offset;
        if (schedule.cadence === 'weekly' && !gapBefore) expect(weekdays[due.dayOfWeek - 1]).toBe(schedule.on);
        return;
      }
      const transition = due.subtract({ hours: 25 }).getTimeZoneTransition('next');
      expect(transition!.epochMilliseconds).toBeLessThanOrEqual(due.epochMilliseconds);
    }),
    { numRuns: 250 },
  );
});

const windowsOf = fc.array(
  fc
    .record({ days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }), from: time, to: time })
    .filter(({ from, to }) => from !== to),
  { maxLength: 4 },
);
const settings = fc.record({ windows: windowsOf, freeIn: fc.array(fc.integer({ min: -2, max: 9 }), { maxLength: 4 }) });
const always: QuietHours[] = [
  { days: weekdays, from: '00:00', to: '12:00' },
  { days: weekdays, from: '12:00', to: '00:00' },
];

test('a later question never gets an earlier answer, with and without quiet hours', () => {
  fc.assert(
    fc.property(
      place,
      fc.integer({ min: 0, max: 3_000 }),
      schedules,
      settings,
      ([zone, after], minutes, schedule, s) => {
        const later = after + minutes * minuteMs;
        const freeDays = s.freeIn.map((days) => inZone(after, zone).toPlainDate().add({ days }).toString());
        const due = (at: number) => [
          ...both(digestDue(at, zone, schedule)),
          ...both(digestDueOutsideQuiet(at, zone, schedule, s.windows, freeDays)),
          ...both(digestDueOutsideQuiet(at, zone, schedule, always)),
        ];
        const answers = due(later);
        due(after).forEach((answer, index) => expect(answer).toBeLessThanOrEqual(answers[index]!));
      },
    ),
    { numRuns: 250 },
  );
});

test('outside quiet hours a digest is due at the first end of a quiet time that one fell into, or at its own time', () => {
  let moved = 0;
  fc.assert(
    fc.property(place, schedules, settings, ([zone, after], schedule, { windows, freeIn }) => {
      const freeDays = freeIn.map((days) => inZone(after, zone).toPlainDate().add({ days }).toString());
      const quiet = (at: number) => quietUntil(at, zone, windows, freeDays);
      const { dueAt, nextDueAt } = digestDueOutsideQuiet(after, zone, schedule, windows, freeDays);
      expect(dueAt).toBeGreaterThan(after);
      expect(nextDueAt).toBeGreaterThan(dueAt);
      // Otherwise it is quiet for longer than the bound: the test after this one.
      fc.pre(dueAt - after < 20 * dayMs);
      expect(quiet(dueAt)).toBeUndefined();
      // The whole series, from long before: each digest by itself, moved where it falls into quiet time.
      let own = digestDue(after - 40 * dayMs, zone, schedule).dueAt;
      if (schedule.cadence === 'hourly') own = digestDue(after - 8 * dayMs, zone, schedule).dueAt;
      const series: number[] = [];
      while (series.length < 2) {
        const due = quiet(own) ?? own;
        if (due !== own) moved++;
        if (due > after && due !== series.at(-1)) series.push(due);
        own = digestDue(own, zone, schedule).dueAt;
      }
      expect([dueAt, nextDueAt]).toEqual(series);
    }),
    { numRuns: 200 },
  );
  expect(moved).toBeGreaterThan(60);
});

test('where it is always quiet a digest is due 31 days after its own time', () => {
  const { dueAt, nextDueAt } = digestDueOutsideQuiet(Date.UTC(2026, 5, 1), 'UTC', { cadence: 'daily' }, always);
  expect(iso(dueAt)).toBe('2026-07-02T09:00');
  expect(nextDueAt).toBeGreaterThan(dueAt);
});

const daily = (at: string): DigestSchedule => ({ cadence: 'daily', at });
const hourly: DigestSchedule = { cadence: 'hourly' };
const friday: DigestSchedule = { cadence: 'weekly', on: 'fri', at: '09:00' };

test.each([
  [
    'Paris, 02:30 in the gap',
    'Europe/Paris',
    daily('02:30'),
    '2026-03-28T12:00Z',
    '2026-03-29T01:30',
    '2026-03-30T00:30',
  ],
  ['Paris, 02:30 twice', 'Europe/Paris', daily('02:30'), '2026-10-24T12:00Z', '2026-10-25T00:30', '2026-10-26T01:30'],
  [
    'Paris, between the two 02:30',
    'Europe/Paris',
    daily('02:30'),
    '2026-10-25T00:45Z',
    '2026-10-26T01:30',
    '2026-10-27T01:30',
  ],
  ['Paris, hourly over the gap', 'Europe/Paris', hourly, '2026-03-29T00:10Z', '2026-03-29T01:00', '2026-03-29T02:00'],
  [
    'Paris, hourly over the overlap',
    'Europe/Paris',
    hourly,
    '2026-10-25T00:00Z',
    '2026-10-25T01:00',
    '2026-10-25T02:00',
  ],
  [
    'Casablanca, into Ramadan',
    'Africa/Casablanca',
    daily('09:00'),
    '2026-02-14T07:00Z',
    '2026-02-14T08:00',
    '2026-02-15T09:00',
  ],
  [
    'Casablanca, out of Ramadan',
    'Africa/Casablanca',
    daily('09:00'),
    '2026-03-21T08:00Z',
    '2026-03-21T09:00',
    '2026-03-22T08:00',
  ],
  [
    'Lord Howe, hourly over the gap',
    'Australia/Lord_Howe',
    hourly,
    '2026-10-03T14:00Z',
    '2026-10-03T14:30',
    '2026-10-03T16:00',
  ],
  [
    'Lord Howe, hourly over the overlap',
    'Australia/Lord_Howe',
    hourly,
    '2026-04-04T13:30Z',
    '2026-04-04T14:00',
    '2026-04-04T15:30',
  ],
  [
    'Apia, daily over the missing day',
    'Pacific/Apia',
    daily('09:00'),
    '2011-12-29T12:00Z',
    '2011-12-29T19:00',
    '2011-12-30T19:00',
  ],
  [
    'Apia, weekly on the missing Friday',
    'Pacific/Apia',
    friday,
    '2011-12-29T12:00Z',
    '2011-12-30T19:00',
    '2012-01-05T19:00',
  ],
  [
    'Nuuk, the gap moves 23:30 to Sunday',
    'America/Nuuk',
    daily('23:30'),
    '2026-03-29T01:10Z',
    '2026-03-29T01:30',
    '2026-03-30T00:30',
  ],
  ['Kathmandu, hourly', 'Asia/Kathmandu', hourly, '2026-06-01T12:00Z', '2026-06-01T12:15', '2026-06-01T13:15'],
  [
    'a weekly digest of which nothing was chosen',
    'UTC',
    { cadence: 'weekly' },
    '2026-06-01T09:00Z',
    '2026-06-08T09:00',
    '2026-06-15T09:00',
  ],
] as const)('%s', (_name, zone, schedule, after, dueAt, nextDueAt) => {
  const due = digestDue(Date.parse(after), zone, schedule);
  expect([iso(due.dueAt), iso(due.nextDueAt)]).toEqual([dueAt, nextDueAt]);
});

test('an item of the quiet night joins the digest that waits for the morning', () => {
  const nightly: QuietHours[] = [{ days: weekdays, from: '22:00', to: '07:00' }];
  const due = (after: string) =>
    both(digestDueOutsideQuiet(Date.parse(after), 'UTC', daily('06:00'), nightly)).map(iso);
  expect(due('2026-06-01T05:00Z')).toEqual(['2026-06-01T07:00', '2026-06-02T07:00']);
  expect(due('2026-06-01T06:30Z')).toEqual(['2026-06-01T07:00', '2026-06-02T07:00']);
  expect(due('2026-06-01T07:00Z')).toEqual(['2026-06-02T07:00', '2026-06-03T07:00']);
});

test('a stored time that the schema refuses is an error, not an endless search', () => {
  expect(() => digestDue(0, 'UTC', daily('9:00'))).toThrow('"9:00" must be a local time');
});

test('a weekly digest that fell on the first of five free days is due after the last', () => {
  const free = ['2026-06-01', '2026-06-02', '2026-06-03', '2026-06-04', '2026-06-05'];
  const due = digestDueOutsideQuiet(Date.parse('2026-06-05T20:00Z'), 'UTC', { cadence: 'weekly' }, [], free);
  expect(both(due).map(iso)).toEqual(['2026-06-06T00:00', '2026-06-08T09:00']);
});

test('an item that comes at the instant of a digest in quiet time joins it', () => {
  const lunch: QuietHours[] = [{ days: weekdays, from: '11:30', to: '12:30' }];
  const due = digestDueOutsideQuiet(Date.parse('2026-06-01T12:00Z'), 'UTC', hourly, lunch);
  expect(both(due).map(iso)).toEqual(['2026-06-01T12:30', '2026-06-01T13:00']);
});

test('hours of quiet are skipped by an hourly digest', () => {
  const lunch: QuietHours[] = [{ days: weekdays, from: '11:30', to: '13:15' }];
  const { dueAt, nextDueAt } = digestDueOutsideQuiet(Date.UTC(2026, 5, 1, 11), 'UTC', hourly, lunch);
  expect([iso(dueAt), iso(nextDueAt)]).toEqual(['2026-06-01T13:15', '2026-06-01T14:00']);
  expect(nextDueAt - dueAt).toBeLessThan(hourMs);
});
