import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isStorable, isStorableJson, storable, storableText } from './storable.ts';

test('a text is storable exactly when it has neither NUL nor half of a surrogate pair', () => {
  const byTheBook = (text: string): boolean => !/[\0\p{Surrogate}]/u.test(text);
  const text = fc.array(fc.constantFrom('a', 'é', '🎉', '\0', '\ud83d', '\ude00', '読')).map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      text,
      (t) =>
        isStorable(t) === byTheBook(t) && storableText.safeParse(t).success === byTheBook(t) && isStorable(storable(t)),
    ),
  );
});

test('JSON is storable when all its texts and names are, and it is not absurdly deep', () => {
  expect(isStorableJson({ a: [1, null, { b: 'x' }] })).toBe(true);
  expect(isStorableJson({ a: [1, null, { b: '\0' }] })).toBe(false);
  expect(isStorableJson({ a: [{ '\ud83d': 1 }] })).toBe(false);
  expect(isStorableJson(JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`))).toBe(true);
  expect(isStorableJson(JSON.parse(`${'['.repeat(101)}${']'.repeat(101)}`))).toBe(false);
});
