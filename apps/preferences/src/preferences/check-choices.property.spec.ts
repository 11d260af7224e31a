// The promise of a patch, over random stored choices, catalogues and patches: what it does not name stays and is not
// checked, and what it names is checked.
import { expect, test } from '@jest/globals';
import { cadences, channelKinds, notificationType, type NotificationType } from '@carillon/domain';
import { Problem } from '@carillon/runtime';
import fc from 'fast-check';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { MemberChoices } from '../resolution/resolution-context.ts';
import { weekdays } from '../scheduling/local-time.ts';
import { checkDefaults, checkMemberChoices } from './check-choices.ts';
import { organisationDefaults } from './choices.ts';
import { namedBy, patched } from './merge-patch.ts';

const names = ['one', 'two', 'three'];
const categories = ['first', 'second'];
const channels = fc.uniqueArray(fc.constantFrom(...channelKinds));
const choiceFields = {
  channels,
  cadence: fc.constantFrom(...cadences),
  at: fc.constantFrom('07:30', '23:00'),
  on: fc.constantFrom(...weekdays),
  fallback: fc.constantFrom('email' as const, 'none' as const),
};
const choice = fc.record(choiceFields, { requiredKeys: [] });
const stored = fc.record({
  types: fc.dictionary(fc.constantFrom(...names, 'gone'), choice),
  categories: fc.dictionary(fc.constantFrom(...categories, 'gone'), choice),
});
const nullable = fc.record(
  {
    channels: fc.option(channels),
    cadence: fc.option(choiceFields.cadence),
    at: fc.option(choiceFields.at),
    on: fc.option(choiceFields.on),
    fallback: fc.option(choiceFields.fallback),
  },
  { requiredKeys: [] },
);
const choicePatch = fc.option(nullable);
const patch = fc.record(
  {
    types: fc.option(fc.dictionary(fc.constantFrom(...names, 'gone'), choicePatch)),
    categories: fc.option(fc.dictionary(fc.constantFrom(...categories, 'gone'), choicePatch)),
    freeDays: fc.constantFrom(null, ['2026-12-25']),
  },
  { requiredKeys: [] },
);
const types: fc.Arbitrary<NotificationType[]> = fc.subarray(names).chain((known) =>
  fc.tuple(
    ...known.map((name) =>
      fc
        .record({
          category: fc.constantFrom(...categories),
          mutable: fc.boolean(),
          allowedChannels: fc.subarray([...channelKinds], { minLength: 1 }),
          cadences: fc.subarray([...cadences], { minLength: 1 }),
        })
        .map((given) =>
          notificationType.parse({
            ...{ name, title: name, ...given },
            ...{ channels: [given.allowedChannels[0]], cadence: given.cadences[0] },
          }),
        ),
    ),
  ),
);

const catalogueOf = (known: NotificationType[]): Catalogue =>
  ({ types: known, type: (name: string) => known.find((type) => type.name === name) }) as unknown as Catalogue;

/** The paths of all values that are no object, or an empty one. */
function leaves(value: unknown, path = ''): [string, string][] {
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (entries.length === 0) return path === '' ? [] : [[path, JSON.stringify(value)]];
  return entries.flatMap(([name, inner]) => leaves(inner, path === '' ? name : `${path}.${name}`));
}

/** The fields of the errors; none where nothing was refused. */
function refusedBy(check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.errors!.map(({ path }) => path);
  }
}

test('what a patch does not name stays as it was stored', () => {
  fc.assert(
    fc.property(stored, patch, (before, change) => {
      const after = patched(organisationDefaults, before, change);
      const paths = leaves(change).map(([path]) => path);
      const isNamed = ([path]: [string, string]): boolean =>
        paths.some((named) => path === named || path.startsWith(`${named}.`) || named.startsWith(`${path}.`));
      const kept = new Map(leaves(after));
      for (const [path, value] of leaves(before).filter((leaf) => !isNamed(leaf)))
        expect([path, kept.get(path)]).toEqual([path, value]);
    }),
  );
});

test('only what a patch names is refused, and the same whatever else is stored', () => {
  fc.assert(
    fc.property(stored, patch, types, (before, change, known) => {
      const catalogue = catalogueOf(known);
      const after = patched(organisationDefaults, before, change);
      const member: MemberChoices = { ...after, slackOff: false };
      for (const refused of [
        refusedBy(() => checkDefaults(namedBy(change, after), after, catalogue)),
        refusedBy(() => checkMemberChoices(namedBy(change, after), member, { types: {}, categories: {} }, catalogue)),
      ]) {
        const named = leaves(change).map(([path]) => path);
        for (const path of refused) expect(named.some((one) => one === path || one.startsWith(`${path}.`))).toBe(true);
        // What else is stored makes no difference, but for the cadence that a weekday needs.
        const alone = patched(organisationDefaults, {}, change);
        const wrong = refusedBy(() => checkDefaults(namedBy(change, alone), alone, catalogue));
        const others = (paths: string[]): string[] => paths.filter((path) => !path.endsWith('.on')).sort();
        expect(others(refused)).toEqual(others(wrong));
      }
    }),
  );
});

test('a change of everything that the catalogue allows is accepted', () => {
  fc.assert(
    fc.property(types, fc.boolean(), (known, weekly) => {
      const whole = {
        types: Object.fromEntries(
          known.map(({ name, allowedChannels, cadences: allowed }) => [
            name,
            {
              channels: allowedChannels,
              ...(allowed.includes('weekly') && weekly
                ? { cadence: 'weekly' as const, on: 'fri' as const }
                : { cadence: allowed[0]! }),
            },
          ]),
        ),
        categories: Object.fromEntries(
          known.filter(({ mutable }) => mutable).map(({ category }) => [category, { channels: [] }]),
        ),
      };
      const catalogue = catalogueOf(known);
      expect(refusedBy(() => checkDefaults(whole, whole, catalogue))).toEqual([]);
      const member: MemberChoices = { ...whole, slackOff: false };
      expect(refusedBy(() => checkMemberChoices(whole, member, { types: {}, categories: {} }, catalogue))).toEqual([]);
    }),
  );
});
