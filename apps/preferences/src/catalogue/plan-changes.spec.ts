// What becomes of a stored catalogue where another one is declared.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planChanges, type Stored } from './plan-changes.ts';

interface Thing {
  name: string;
  title: string;
}

const name: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const thing = fc.record({ name, title: fc.constantFrom('one', 'two') });
const stored = fc.record({ thing, origin: fc.constantFrom('file' as const, 'api' as const), isReadable: fc.boolean() });
const world = fc.record({
  stored: fc
    .uniqueArray(stored, { selector: (one) => one.thing.name })
    .map((all) =>
      all.map(({ thing: value, origin, isReadable }): [string, Stored<Thing>] => [
        value.name,
        { name: value.name, origin, value: isReadable ? value : undefined },
      ]),
    )
    .map((entries) => new Map(entries)),
  declared: fc.uniqueArray(thing, { selector: (one) => one.name }),
  inFile: fc.uniqueArray(name).map((names) => new Set(names)),
  prune: fc.boolean(),
});

test('what is declared is stored then, and nothing that is equal is written', () => {
  fc.assert(
    fc.property(world, ({ stored: before, declared, ...options }) => {
      const changes = planChanges(before, declared, options);
      const after = new Map(before);
      for (const change of changes) {
        if (change.change === 'removed') after.delete(change.name);
        else if (change.declared) after.set(change.name, { name: change.name, origin: 'api', value: change.declared });
      }
      for (const one of declared) expect(after.get(one.name)?.value).toEqual(one);
      const again = planChanges(after, declared, options);
      expect(again.filter(({ change }) => change !== 'unchanged' && change !== 'kept')).toEqual([]);
    }),
  );
});

test('removed is exactly what the API declared, no file declares and the call does not name, where it prunes', () => {
  fc.assert(
    fc.property(world, ({ stored: before, declared, ...options }) => {
      const changes = planChanges(before, declared, options);
      const named = new Set(declared.map((one) => one.name));
      const unnamed = [...before.values()].filter((one) => !named.has(one.name));
      const isRemoved = ({ name: of, origin }: Stored<Thing>): boolean => origin === 'api' && !options.inFile.has(of);
      const removed = changes.filter(({ change }) => change === 'removed').map((change) => change.name);
      expect(removed).toEqual(options.prune ? unnamed.filter(isRemoved).map((one) => one.name) : []);
      const kept = changes.filter(({ change }) => change === 'kept');
      expect(kept.map((change) => change.name)).toEqual(
        options.prune ? unnamed.filter((one) => !isRemoved(one)).map((one) => one.name) : [],
      );
      expect(kept.every(({ reason }) => reason !== undefined)).toBe(true);
    }),
  );
});
