import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TenantQueue } from './tenant-queue.ts';

const takeAll = (queue: TenantQueue<string>): string[] => {
  const all: string[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) all.push(item);
  return all;
};

test('tenants take turns, whoever queued more', () => {
  const queue = new TenantQueue<string>();
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) queue.add(item[0]!, item);
  expect(takeAll(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('who has just been served is behind who comes new, and ahead of nobody by queueing one at a time', () => {
  const queue = new TenantQueue<string>();
  for (const item of ['a1', 'a2', 'a3']) queue.add('a', item);
  expect(queue.take()).toBe('a1');
  queue.add('b', 'b1');
  expect(queue.take()).toBe('b1');
  queue.add('b', 'b2');
  expect(takeAll(queue)).toEqual(['a2', 'b2', 'a3']);
});

test('whatever is added and removed, the rest is taken once, in order for each tenant', () => {
  const step = fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), remove: fc.boolean(), take: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const queue = new TenantQueue<string>();
      const expected: string[] = [];
      const taken: string[] = [];
      steps.forEach(({ tenant, remove, take }, at) => {
        const item = `${tenant}${at}`;
        queue.add(tenant, item);
        if (remove) queue.remove(tenant, item);
        else expected.push(item);
        if (take) taken.push(...[queue.take()].filter((one) => one !== undefined));
      });
      taken.push(...takeAll(queue));
      for (const tenant of ['a', 'b', 'c'])
        expect(taken.filter((item) => item[0] === tenant)).toEqual(expected.filter((item) => item[0] === tenant));
    }),
  );
});
