// The arithmetic is compared with Temporal itself, in every zone and around its transitions.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { anyZone, instantIn, inZone } from './testing/zones.ts';
import { dayMs, zoneClock, zoneOrUtc } from './zone-clock.ts';

const plain = (local: number): Temporal.PlainDateTime =>
  Temporal.Instant.fromEpochMilliseconds(local).toZonedDateTimeISO('UTC').toPlainDateTime();

test('the clock shows what Temporal shows, and local times mean the instants that `compatible` means', () => {
  fc.assert(
    fc.property(
      anyZone.chain((zone) => fc.tuple(fc.constant(zone), instantIn(zone))),
      fc.integer({ min: -1_500, max: 1_500 }),
      ([zone, at], minutes) => {
        const clock = zoneClock(zone);
        expect(clock.localOf(at) - at).toBe(inZone(at, zone).offsetNanoseconds / 1e6);
        const local = clock.localOf(at) + minutes * 60_000;
        expect(clock.instantOf(local)).toBe(plain(local).toZonedDateTime(zone).epochMilliseconds);
        const day = Math.floor(local / dayMs);
        expect(clock.startOfDay(day)).toBe(plain(local).toPlainDate().toZonedDateTime(zone).epochMilliseconds);
      },
    ),
    { numRuns: 500 },
  );
});

test('a midnight that does not exist: the day begins at the end of the gap', () => {
  const day = Date.UTC(1919, 2, 31) / dayMs;
  expect(new Date(zoneClock('America/Toronto').startOfDay(day)).toISOString()).toBe('1919-03-31T04:30:00.000Z');
});

test('a zone that is absent or unknown is UTC, and an old name of a known one is not', () => {
  expect([undefined, '', 'Mars/Olympus', 'Factory', '__proto__', 'a'.repeat(500)].map(zoneOrUtc)).toEqual(
    Array.from({ length: 6 }, () => 'UTC'),
  );
  expect(['europe/paris', 'UTC', '+05:30', 'PST'].map(zoneOrUtc)).toEqual([
    'Europe/Paris',
    'UTC',
    '+05:30',
    'America/Los_Angeles',
  ]);
  expect(zoneClock('Mars/Olympus').localOf(5)).toBe(5);
});
