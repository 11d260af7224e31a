// A worker for specs of the budget: an echo, and ways to misbehave.
import { drawInWorker } from '../budget/draw-in-worker.ts';

drawInWorker({
  echo: (input: unknown) => ({ echo: input }),
  /** Takes time, and no processor time. */
  wait: () => ({ waited: Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400) }),
  spin: () => {
    for (;;);
  },
  grow: () => {
    const all: string[][] = [];
    for (;;) all.push(Array.from({ length: 1_000 }, (_, n) => `${n}${all.length}`));
  },
  fail: () => {
    throw new RangeError('too deep');
  },
});
