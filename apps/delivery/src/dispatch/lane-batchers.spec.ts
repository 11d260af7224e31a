import { describe, expect, jest, test } from '@jest/globals';
import { LaneBatchers } from './lane-batchers.ts';

const tooLong = Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' });
const item = (lane: string, n: number) => ({ lane: { id: lane }, n });
type Item = ReturnType<typeof item>;

/** A batch of sixteen is split four times. */
async function settleMicrotasks(): Promise<void> {
  for (let n = 0; n < 20; n++) await jest.advanceTimersByTimeAsync(0);
}

describe('batches of many lanes', () => {
  test('a locked row holds nobody up but itself, and is tried until it is free', async () => {
    jest.useFakeTimers();
    try {
      let locked = true;
      const done: number[] = [];
      const sizes: number[] = [];
      const batchers = new LaneBatchers<Item>((items) => {
        sizes.push(items.length);
        if (locked && items.some(({ n }) => n === 7)) return Promise.reject(tooLong);
        done.push(...items.map(({ n }) => n));
        return Promise.resolve();
      });
      // One shard: the same lane.
      for (let n = 0; n < 16; n++) batchers.add(item('T1', n));
      await settleMicrotasks();
      expect([...done].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15]);
      expect(sizes.length).toBe(9);
      let settled = false;
      const end = batchers.settled().then(() => (settled = true));
      await jest.advanceTimersByTimeAsync(5_000);
      expect(settled).toBe(false);
      locked = false;
      await jest.advanceTimersByTimeAsync(500);
      await end;
      expect(done.at(-1)).toBe(7);
    } finally {
      jest.useRealTimers();
    }
  });

  test('a lane with a locked row has a batcher of its own, so that the others meet it once', async () => {
    jest.useFakeTimers();
    try {
      const together: string[][] = [];
      const batchers = new LaneBatchers<Item>((items) => {
        together.push([...new Set(items.map(({ lane }) => lane.id))]);
        return items.some(({ lane }) => lane.id === 'locked') ? Promise.reject(tooLong) : Promise.resolve();
      });
      const all = ['locked', ...Array.from({ length: 20 }, (_, n) => `T${n}`)];
      for (const [n, lane] of all.entries()) batchers.add(item(lane, n));
      await settleMicrotasks();
      together.length = 0;
      for (const [n, lane] of all.entries()) batchers.add(item(lane, 100 + n));
      await settleMicrotasks();
      expect(together.filter((lanes) => lanes.includes('locked') && lanes.length > 1)).toEqual([]);
      expect(together.flat()).toEqual(expect.arrayContaining(all));
    } finally {
      jest.useRealTimers();
    }
  });
});
