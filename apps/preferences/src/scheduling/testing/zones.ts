// Zones and instants for property tests: half of the instants lie around a transition of the zone.
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';

/** Each has something that others do not: half an hour, a missing day, Ramadan, a change at midnight or before it. */
const oddZones = [
  'Europe/Paris',
  'Africa/Casablanca',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'America/Nuuk',
  'America/St_Johns',
  'America/Havana',
  'Asia/Beirut',
  'Asia/Gaza',
  'Africa/Cairo',
  'UTC',
];

export const anyZone = fc.oneof(fc.constantFrom(...oddZones), fc.constantFrom(...Intl.supportedValuesOf('timeZone')));

export const inZone = (at: number, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);

const minuteMs = 60_000;
const anyInstant = fc
  .integer({ min: Date.UTC(2005, 0) / minuteMs, max: Date.UTC(2040, 0) / minuteMs })
  .map((minute) => minute * minuteMs);

const nextTransition = (at: number, zone: string): number =>
  inZone(at, zone).getTimeZoneTransition('next')?.epochMilliseconds ?? at;

export const instantIn = (zone: string): fc.Arbitrary<number> =>
  fc.oneof(
    anyInstant,
    fc
      .tuple(anyInstant, fc.integer({ min: -2_000, max: 2_000 }))
      .map(([at, minutes]) => nextTransition(at, zone) + minutes * minuteMs),
  );
