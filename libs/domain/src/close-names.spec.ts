import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { closeNames, editDistance } from './close-names.ts';

test.each([
  ['report.redy', ['report.ready', 'report.reads']],
  ['reprot.ready', ['report.ready', 'report.reads']],
  ['Report.Ready', ['report.ready', 'report.reads']],
  ['security.alrt', ['security.alert']],
  ['invoice.paid', []],
])('close to %s are, the closest first: %j', (given, close) =>
  expect(closeNames(given, ['report.reads', 'report.ready', 'security.alert'])).toEqual(close),
);

test('one edit is a distance of one at most; the distance does not depend on the order, and is 0 for equal names only', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.'), maxLength: 12 });
  const edit = fc.record({ at: fc.nat(12), letter: fc.constantFrom('a', 'z'), kind: fc.constantFrom(0, 1, 2, 3) });
  fc.assert(
    fc.property(text, text, edit, (a, b, { at, letter, kind }) => {
      const left = a.slice(0, at);
      const right = a.slice(at);
      const edited = [
        left + letter + right,
        left + right.slice(1),
        left + letter + right.slice(1),
        left + (right[1] ?? '') + (right[0] ?? '') + right.slice(2),
      ][kind]!;
      expect(editDistance(a, edited)).toBe(a === edited ? 0 : 1);
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
    }),
  );
});
