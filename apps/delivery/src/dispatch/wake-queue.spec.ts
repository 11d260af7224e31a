import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WakeQueue } from './wake-queue.ts';

describe('a wake queue', () => {
  test('gives every item once, at its latest instant, in order of instants', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 1_000 }))),
        (schedule) => {
          const queue = new WakeQueue<number>();
          const latest = new Map<number, number>();
          for (const [item, at] of schedule) {
            queue.schedule(item, at);
            latest.set(item, at);
          }
          const given: [number, number][] = [];
          for (let at = queue.next(); at !== null; at = queue.next()) given.push([queue.due(at)!, at]);
          expect(new Map(given)).toEqual(latest);
          expect(given.map(([, at]) => at)).toEqual([...latest.values()].sort((a, b) => a - b));
        },
      ),
    );
  });

  test('forgets a cancelled item', () => {
    const queue = new WakeQueue<string>();
    queue.schedule('a', 1);
    queue.cancel('a');
    expect(queue.next()).toBeNull();
  });
});
