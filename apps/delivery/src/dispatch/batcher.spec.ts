import { expect, test } from '@jest/globals';
import { Batcher } from './batcher.ts';

test('a batcher runs one batch at a time, and what is added meanwhile goes together, in order', async () => {
  const batches: number[][] = [];
  let running = 0;
  let done = (): void => undefined;
  const finished = new Promise<void>((resolve) => (done = resolve));
  const batcher = new Batcher<number>(async (items) => {
    expect(++running).toBe(1);
    batches.push(items);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (items.includes(6)) done();
  }, 4);
  batcher.add(1);
  await Promise.resolve();
  for (const item of [2, 3, 4, 5, 6]) batcher.add(item);
  await finished;
  expect(batches).toEqual([[1], [2, 3, 4, 5], [6]]);
});
