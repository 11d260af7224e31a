import { describe, expect, test } from '@jest/globals';
import { Batcher } from './batcher.ts';

describe('a gatherer', () => {
  test('runs one batch at a time, and what arrives meanwhile goes together, in order', async () => {
    const batches: number[][] = [];
    let running = 0;
    const gatherer = new Batcher<number>(async (items) => {
      expect(++running).toBe(1);
      batches.push(items);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    }, 4);
    gatherer.add(1);
    await Promise.resolve();
    for (const item of [2, 3, 4, 5, 6]) gatherer.add(item);
    await gatherer.settled();
    expect(batches).toEqual([[1], [2, 3, 4, 5], [6]]);
  });
});

test('settling waits for what was there, not for what keeps coming', async () => {
  let coming = true;
  // Every batch brings the next one: nothing is ever idle.
  const gatherer: Batcher<number> = new Batcher<number>((items) => {
    if (coming) for (const item of items) setImmediate(() => gatherer.add(item));
    return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  });
  for (let n = 0; n < 50; n++) gatherer.add(n);
  await gatherer.settled();
  expect(coming).toBe(true);
  coming = false;
  await gatherer.settled();
});
