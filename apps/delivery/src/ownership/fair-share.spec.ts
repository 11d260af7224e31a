import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fairShare } from './fair-share.ts';

describe('shares', () => {
  test('every lane ends up owned, evenly, and then nothing moves', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 60 }),
        (owned, free) => {
          const total = owned.reduce((sum, n) => sum + n, 0) + free;
          const pods = [...owned];
          const ids = pods.map((_, i) => `pod-${(i * 7) % 10}-${i}`);
          let unowned = free;
          for (let round = 0; round < 10; round++) {
            for (let i = 0; i < pods.length; i++) {
              const share = fairShare({ total, mine: pods[i]!, free: unowned }, ids[i]!, ids);
              pods[i]! += share.take - share.give;
              unowned += share.give - share.take;
            }
          }
          expect(unowned).toBe(0);
          expect(Math.max(...pods) - Math.min(...pods)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
