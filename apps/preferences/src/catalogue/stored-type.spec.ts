// What this release makes of a type that another release stored.
import { expect, test } from '@jest/globals';
import { notificationType, type NotificationType } from '@carillon/domain';
import fc from 'fast-check';
import { typeOf } from '../testing/context-fixtures.ts';
import { replacementErrors, storedTypeOf, type StoredType } from './stored-type.ts';

const whole = notificationType.parse({
  ...{ name: 'score.new', title: 'Score', category: 'scores', version: 2, cadences: ['immediate', 'daily'] },
  schema: { type: 'object', properties: { score: { type: 'number' } } },
  template: {
    with: { score: 'data.score' },
    title: { en: 'A score of {score}', de: 'Ein Wert von {score}' },
    facts: [{ label: 'Score', value: '{score}' }],
    actions: [{ id: 'open', label: 'Open' }],
    link: { url: 'https://app.example' },
    defaultLocale: 'en',
  },
});

const stored = (definition: unknown): StoredType =>
  storedTypeOf({ name: 'score.new', definition, origin: 'file', revision: '1' });

/** The objects of a type whose fields the schema knows, as paths. */
const strictObjects = [[], ['template'], ['template', 'facts', 0], ['template', 'actions', 0], ['template', 'link']];

function withField(path: readonly (string | number)[], name: string, value: unknown): unknown {
  const copy = structuredClone(whole) as unknown as Record<string, unknown>;
  const parent = path.reduce<Record<string, unknown>>((object, step) => object[step] as Record<string, unknown>, copy);
  parent[name] = value;
  return copy;
}

test('fields of a newer release, at any level, are left out and named', () => {
  const places = fc.uniqueArray(fc.constantFrom(...strictObjects), { minLength: 1 });
  fc.assert(
    fc.property(places, fc.jsonValue(), (paths, value) => {
      const definition = structuredClone(whole) as unknown;
      for (const path of paths) {
        const parent = path.reduce<unknown>((object, step) => (object as never)[step], definition);
        Object.assign(parent as object, { fromTheFuture: value });
      }
      const { type, version, unknown } = stored(definition);
      expect(type).toEqual(whole);
      expect(version).toBe(2);
      expect(unknown.map(({ path }) => path)).toHaveLength(paths.length);
      expect(unknown.every(({ path }) => path.endsWith('fromTheFuture'))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test.each<[string, object, Partial<NotificationType>]>([
  ['channels[1]', { channels: ['email', 'pager'] }, { channels: ['email'] }],
  ['cadence', { cadence: 'monthly' }, { cadence: 'immediate' }],
])('a value of a newer release is left out: %s', (path, over, read) => {
  const { type, unknown } = stored({ ...whole, ...over });
  expect(type).toEqual({ ...whole, ...read });
  expect(unknown.map((error) => error.path)).toEqual([path]);
});

test('a type that cannot be read says which field it is, and keeps its version', () => {
  const { type, version, unknown } = stored({ ...whole, title: { text: 'Score' } });
  expect(type).toBeUndefined();
  expect(version).toBe(2);
  expect(unknown.map(({ path }) => path)).toEqual(['title']);
});

test('only a higher version replaces what this release cannot read', () => {
  for (const before of [stored(withField(['template'], 'footer', 'x')), stored({ ...whole, title: 1 })]) {
    expect(replacementErrors(before, whole).map(({ path }) => path)).toEqual([before.unknown[0]?.path]);
    expect(replacementErrors(before, { ...whole, version: 3 })).toEqual([]);
  }
});

test('a stored schema that does not compile in this release is replaced only by a higher version', () => {
  const before = stored({ ...whole, schema: { type: 'object', properties: 7 } });
  expect(replacementErrors(before, whole)).toEqual([{ path: 'schema', message: expect.stringContaining('release') }]);
  expect(replacementErrors(before, { ...whole, version: 3 })).toEqual([]);
});

test('a lower version never replaces a higher one', () => {
  const before = stored(typeOf({ version: 2 }));
  expect(replacementErrors(before, typeOf()).map(({ path }) => path)).toEqual(['version']);
});
