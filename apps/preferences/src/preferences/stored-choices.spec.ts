// That a change of one release leaves what another release has stored.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defaultsOf, memberChoicesOf, storedDefaults, storedMember, type StoredRow } from './stored-choices.ts';

/** As a release of the future might store it. */
const newer = {
  slackOff: false,
  types: { 'a.new': ['slack', 'sms'], 'b.new': ['sms'] },
  categories: {},
  settings: {
    digestLayout: 'compact',
    timeZone: 'Mars/Olympus',
    quietHours: [{ days: ['mon'], from: '22:00', to: '06:00', except: ['c.new'] }],
    types: { 'a.new': { cadence: 'monthly', at: '09:00', sound: 'bell' }, 'c.new': { sound: 'gong' } },
    categories: { reports: { throttle: { perDay: 3 } } },
  },
} as unknown as StoredRow & { slackOff: boolean };

test('a change stores what it does not name as it was, also what this release cannot read', () => {
  const before = memberChoicesOf(newer);
  expect(before.types).toEqual({ 'a.new': { channels: ['slack'], at: '09:00' }, 'b.new': {}, 'c.new': {} });
  const { slackOff, ...row } = newer;
  expect(storedMember({ ...before, slackOff: !slackOff }, newer)).toEqual(row);
  expect(storedDefaults(defaultsOf(newer), newer)).toEqual(row);
});

test('what a change names or removes is stored as the change says, with the unknown fields beside it', () => {
  const before = memberChoicesOf(newer);
  const types = { 'a.new': { channels: ['email' as const], cadence: 'daily' as const }, 'c.new': {} };
  expect(storedMember({ ...before, types, timeZone: 'Europe/Rome' }, newer)).toEqual({
    types: { 'a.new': ['email'] },
    categories: {},
    settings: {
      ...newer.settings,
      timeZone: 'Europe/Rome',
      types: { 'a.new': { cadence: 'daily', sound: 'bell' }, 'c.new': { sound: 'gong' } },
    },
  });
});

test('whatever is stored, a change of nothing stores it again, and is read the same', () => {
  const name = fc.constantFrom('a', 'b', 'constructor', '__proto__');
  const choices = fc.dictionary(
    name,
    fc.dictionary(fc.constantFrom('cadence', 'at', 'sound'), fc.constantFrom('daily', '09:00', 7)),
  );
  const row = fc.record({
    slackOff: fc.boolean(),
    types: fc.dictionary(name, fc.subarray(['slack', 'email', 'sms'])),
    categories: fc.constant({}),
    settings: fc.option(fc.record({ types: choices, timeZone: fc.constantFrom('Europe/Rome', 'Mars/Olympus') })),
  });
  fc.assert(
    fc.property(row, (given) => {
      const before = given as unknown as StoredRow & { slackOff: boolean };
      const after = storedMember(memberChoicesOf(before), before);
      const some = ([, fields]: [string, object]): boolean => Object.keys(fields).length > 0;
      const ofTypes = Object.fromEntries(Object.entries(given.settings?.types ?? {}).filter(some));
      expect(after).toEqual({
        types: given.types,
        categories: {},
        settings: { ...given.settings, types: ofTypes, categories: {} },
      });
      expect(memberChoicesOf({ ...after, slackOff: given.slackOff }).types).toEqual(
        Object.fromEntries(
          Object.entries(memberChoicesOf(before).types).filter(
            ([of]) => Object.hasOwn(after.types, of) || Object.hasOwn(ofTypes, of),
          ),
        ),
      );
    }),
  );
});
