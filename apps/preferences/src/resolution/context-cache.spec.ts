// What stays remembered when there is more than may be.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runnable } from '../workflows/workflow-rows.ts';
import { ContextCache } from './context-cache.ts';

test('members who are asked for again and again stay remembered, however many people another tenant asks for', () => {
  const cache = new ContextCache(1_000);
  cache.add('small', 1);
  cache.add('large', 1);
  cache.get('small')!.members.set('ada', null);
  for (let batch = 0; batch < 100; batch++) {
    expect(cache.get('small')?.members.get('ada')).toBeNull();
    for (let n = 0; n < 100; n++) cache.get('large')!.members.set(`m-${batch}-${n}`, null);
    cache.forgetUnused();
  }
  expect(cache.get('large')!.members.get('m-0-0')).toBeUndefined();
});

test('never more is remembered than may be, and what was set or found last is', () => {
  const most = 20;
  const batch = fc.array(fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), member: fc.nat(60).map(String) }), {
    maxLength: most / 2,
  });
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 40 }), (batches) => {
      const cache = new ContextCache(most);
      for (const asked of batches) {
        for (const { tenant, member } of asked) {
          const known = cache.get(tenant) ?? cache.add(tenant, 1);
          if (known.members.get(member) === undefined) known.members.set(member, null);
        }
        for (const { tenant, member } of asked) expect(cache.get(tenant)?.members.get(member)).toBeNull();
        cache.forgetUnused();
        expect(cache.size).toBeLessThanOrEqual(most + most / 2);
      }
    }),
  );
});

test('workflows and destinations count, whoever the tenants of a batch are', () => {
  const cache = new ContextCache(1_000);
  const one = runnable('a', { name: 'a', type: 'report.ready', tell: [{ channel: 'C1' }] });
  const workflows = new Map([['report.ready', Array.from({ length: 20 }, () => one)]]);
  const destinations = new Map([['d', { name: 'd', to: Array.from({ length: 50 }, () => ({ channel: 'C1' })) }]]);
  for (let n = 0; n < 200; n++) {
    cache.add(`t${n}`, 1).settings = { installations: [], defaults: undefined, workflows, destinations };
    if (!cache.get('steady')) cache.add('steady', 1);
    cache.forgetUnused();
    expect(cache.size).toBeLessThanOrEqual(1_500);
    expect(cache.get('steady')).toBeDefined();
  }
  expect(cache.get('t199')).toBeDefined();
  expect(cache.get('t0')).toBeUndefined();
});
