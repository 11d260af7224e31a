import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BoundedCache } from './bounded-cache.ts';

test('it never holds more than its bound, and gives what was made for the key', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 20 }), fc.array(fc.nat(60), { maxLength: 300 }), (most, keys) => {
      const cache = new BoundedCache<number, { key: number }>(most);
      for (const key of keys) {
        expect(cache.get(key, (made) => ({ key: made }))).toEqual({ key });
        expect(cache.size).toBeLessThanOrEqual(most);
      }
    }),
  );
});

test('a key that is used again and again is made once, whatever else passes through', () => {
  const cache = new BoundedCache<number, string>(10);
  let made = 0;
  for (let other = 1; other < 1_000; other++) {
    cache.get(0, () => `made ${++made}`);
    cache.get(other, String);
  }
  expect(made).toBe(1);
});
