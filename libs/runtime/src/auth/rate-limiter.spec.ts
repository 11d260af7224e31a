// How many requests a key may make.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RateLimiter } from './rate-limiter.ts';

test('a burst at once, then the rate, and the wait that is told is the wait that helps', () => {
  let now = 0;
  const limiter = new RateLimiter({ perSecond: 10, burst: 5 }, () => now);
  expect(Array.from({ length: 5 }, () => limiter.take('a'))).toEqual([0, 0, 0, 0, 0]);
  const wait = limiter.take('a');
  expect(wait).toBeCloseTo(100, 1);
  expect(limiter.take('b')).toBe(0);
  now += wait;
  expect(limiter.take('a')).toBe(0);
  expect(limiter.take('a')).toBeGreaterThan(0);
});

test('however requests come, no window lets through more than its share and the burst', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { maxLength: 200 }), (pauses) => {
      let now = 0;
      const limiter = new RateLimiter({ perSecond: 10, burst: 5 }, () => now);
      const passed: number[] = [];
      for (const pause of pauses) {
        now += pause;
        if (limiter.take('a') === 0) passed.push(now);
      }
      for (const [i, from] of passed.entries()) {
        for (const [k, to] of passed.slice(i).entries())
          expect(k + 1).toBeLessThanOrEqual(5 + (to - from) / 100 + 1e-3);
      }
    }),
  );
});

test('a caller who stays under the rate is never refused', () => {
  let now = 0;
  const limiter = new RateLimiter({ perSecond: 10, burst: 1 }, () => now);
  for (let i = 0; i < 1_000; i++, now += 100) expect(limiter.take('a')).toBe(0);
});

test('keys without end take no memory without end', () => {
  const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, () => 0, 100);
  for (let i = 0; i < 1_000; i++) limiter.take(`caller ${i}`);
  expect((limiter as unknown as { fullAt: Map<string, number> }).fullAt.size).toBe(100);
});
