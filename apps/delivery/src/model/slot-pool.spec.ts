import { describe, expect, test } from '@jest/globals';
import { SlotPool } from './slot-pool.ts';

/** Lets each of the holders take all it may, again and again, until nobody takes any more. */
function greedy(pool: SlotPool<string>, holders: readonly string[]): void {
  for (let before = -1; before !== pool.free; ) {
    before = pool.free;
    for (const holder of holders) pool.take(holder, pool.roomFor(holder) > 0 ? 1 : 0);
  }
}

describe('a pool of slots', () => {
  test('gives one holder half of them', () => {
    const pool = new SlotPool<string>(16);
    expect(pool.roomFor('a')).toBe(8);
    greedy(pool, ['a']);
    expect([pool.heldBy('a'), pool.roomFor('a')]).toEqual([8, 0]);
  });

  test('has room for a holder that comes anew, however many are greedy', () => {
    const pool = new SlotPool<string>(256);
    const holders = Array.from({ length: 50 }, (_, n) => `h${n}`);
    greedy(pool, holders);
    expect(pool.roomFor('new')).toBeGreaterThan(0);
    expect(
      Math.max(...holders.map((h) => pool.heldBy(h))) - Math.min(...holders.map((h) => pool.heldBy(h))),
    ).toBeLessThan(2);
  });

  test('has room for another although 200 took eight each while they could, and never give them back', () => {
    const pool = new SlotPool<number>(512);
    for (let holder = 0; holder < 200; holder++) pool.take(holder, Math.min(8, pool.roomFor(holder)));
    expect(pool.roomFor(200)).toBeGreaterThan(0);
  });

  test('is used to the last slot by as many holders as there are slots', () => {
    const pool = new SlotPool<string>(4);
    greedy(pool, ['a', 'b', 'c', 'd', 'e']);
    expect(pool.free).toBe(0);
  });

  test('a released slot can be taken again, and one that was never taken is not released', () => {
    const pool = new SlotPool<string>(2);
    pool.take('a');
    pool.release('b');
    pool.release('a');
    pool.release('a');
    expect([pool.free, pool.heldBy('a')]).toEqual([2, 0]);
  });
});
