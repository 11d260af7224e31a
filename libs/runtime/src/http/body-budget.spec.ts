// The bytes that a process holds for bodies.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BodyBudget } from './body-budget.ts';

const steps = fc.array(
  fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), bytes: fc.integer({ min: 0, max: 60_000 }), ends: fc.boolean() }),
  { maxLength: 60 },
);

test('no more than the budget is held, no tenant holds more than half, and all of it comes back', () => {
  fc.assert(
    fc.property(steps, (requests) => {
      const most = 100_000;
      const budget = new BodyBudget(most);
      const held: { tenant: string; bytes: number; release: () => void }[] = [];
      for (const { tenant, bytes, ends } of requests) {
        const taken = budget.take(tenant, bytes);
        if (typeof taken === 'function') held.push({ tenant, bytes, release: taken });
        if (ends) {
          const release = held.shift()?.release;
          release?.();
          // A second time changes nothing.
          release?.();
        }
        expect(held.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThanOrEqual(most);
        for (const name of ['a', 'b', 'c'])
          expect(
            held.filter((one) => one.tenant === name).reduce((sum, one) => sum + one.bytes, 0),
          ).toBeLessThanOrEqual(most / 2);
      }
      for (const { release } of held) release();
      for (const name of ['d', 'e']) expect(budget.take(name, most / 2)).toBeInstanceOf(Function);
      expect(budget.take('f', 1)).toBe('process');
      expect(budget.take('d', 1)).toBe('tenant');
    }),
  );
});
