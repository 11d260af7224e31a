// What stays remembered when there is more than may be.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
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
