// Whose requests of a chunk are deferred when they take long.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WorkShares } from './work-shares.ts';

/** With a clock that only work moves: each step takes as long as it says, and waits for the machine as long. */
function sharesOf(most: number): { shares: WorkShares; take: (ms: number, waitMs?: number) => void } {
  let [wall, cpu] = [0, 0];
  const shares = new WorkShares(most, { wallMs: () => wall, cpuMs: () => cpu });
  const take = (ms: number, waitMs = 0): void => {
    cpu += ms;
    wall += ms + waitMs;
  };
  return { shares, take };
}

const chunk = fc.array(fc.record({ tenant: fc.constantFrom('a', 'b', 'c', undefined), isSlow: fc.boolean() }), {
  maxLength: 30,
});

test('of each tenant some requests are done and all behind them are deferred, those of others and of nobody are not', () => {
  fc.assert(
    fc.property(chunk, (requests) => {
      const { shares, take } = sharesOf(100);
      const records = requests.map((request, at) => ({ ...request, offset: String(10 + at) }));
      for (const record of records) if (record.tenant !== undefined) shares.add(record, record.tenant);
      for (let stage = 0; stage < 3; stage++) {
        const run = shares.stage();
        for (const record of records) {
          const done = run(record, () => {
            if (record.isSlow) take(100);
            return 'done';
          });
          expect(done === undefined).toBe(shares.defers(record));
        }
      }
      const deferred = shares.deferred();
      for (const tenant of ['a', 'b', 'c']) {
        const those = records.filter((record) => record.tenant === tenant);
        const firstDeferred = those.findIndex((record) => shares.defers(record));
        expect(firstDeferred).not.toBe(0);
        expect(deferred.get(tenant)).toBe(firstDeferred < 0 ? undefined : Number(those[firstDeferred]!.offset));
        if (firstDeferred > 0) expect(those.slice(firstDeferred).every((record) => shares.defers(record))).toBe(true);
        // Nothing that comes behind a slow one is done in the same stage.
        const firstSlow = those.findIndex(({ isSlow }) => isSlow);
        if (firstSlow >= 0 && firstSlow < those.length - 1) expect(shares.defers(those[firstSlow + 1]!)).toBe(true);
      }
      expect(records.every((record) => record.tenant !== undefined || !shares.defers(record))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('what was done once is done again in the same stage, however long it took', () => {
  const { shares, take } = sharesOf(100);
  const records = ['1', '2', '3'].map((offset) => ({ offset }));
  for (const record of records) shares.add(record, 'a');
  const run = shares.stage();
  const pass = () => records.map((record) => run(record, () => (take(60), record.offset)));
  expect(pass()).toEqual(['1', '2', undefined]);
  expect(pass()).toEqual(['1', '2', undefined]);
  expect([...shares.spent()]).toEqual([['a', 240]]);
});

test('the time in which the machine does something else counts against nobody', () => {
  const { shares, take } = sharesOf(100);
  const records = Array.from({ length: 20 }, (_, at) => ({ offset: String(at) }));
  for (const record of records) shares.add(record, 'a');
  const run = shares.stage();
  for (const record of records) run(record, () => take(2, 500));
  expect([...shares.deferred()]).toEqual([]);
  expect([...shares.spent()]).toEqual([['a', 40]]);
});
