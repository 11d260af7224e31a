import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { breakingChanges } from './breaking-changes.ts';
import { compileDataSchema } from './compile-data-schema.ts';
import { inspectSchema } from './inspect-schema.ts';
import type { Schema } from './keywords.ts';

const closed = (properties: Record<string, unknown>, more: object = {}): Schema => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
});
const text = { type: 'string' };
const field = (schema: unknown): Schema => closed({ a: schema });

describe('not breaking', () => {
  it.each([
    ['no change', field(text), field(text)],
    ['other words', field({ ...text, description: 'a' }), field({ ...text, title: 'b', default: 'x' })],
    ['an optional field of a closed object', field(text), closed({ a: text, b: text })],
    ['a required field that becomes optional', closed({ a: text }, { required: ['a'] }), field(text)],
    ['opening an object', field(text), { type: 'object', properties: { a: text } }],
    ['one more type', field(text), field({ type: ['string', 'number'], minimum: 3 })],
    ['whole numbers that become numbers', field({ type: 'integer' }), field({ type: 'number' })],
    ['one more value', field({ enum: ['x'] }), field({ enum: ['y', 'x'] })],
    ['a value that becomes a list', field({ const: 'x' }), field({ type: 'string', enum: ['y', 'x'] })],
    ['wider limits', field({ type: 'number', exclusiveMinimum: 0 }), field({ type: 'number', minimum: 0 })],
    ['no format any more', field({ type: 'string', format: 'date', maxLength: 5 }), field(text)],
    ['one more alternative', field({ anyOf: [text] }), field({ anyOf: [{ type: 'null' }, text] })],
    [
      'a definition for what stood in place',
      field(text),
      { ...(field({ $ref: '#/$defs/t' }) as object), $defs: { t: text } },
    ],
    [
      'a recursive schema that becomes wider',
      { ...(field({ $ref: '#/$defs/t' }) as object), $defs: { t: closed({ next: { $ref: '#/$defs/t' } }) } },
      { ...(field({ $ref: '#/$defs/t' }) as object), $defs: { t: closed({ next: { $ref: '#/$defs/t' }, b: text }) } },
    ],
  ] satisfies [string, Schema, Schema][])('is %s', (_name, before, after) => {
    expect(breakingChanges(before, after)).toEqual([]);
  });
});

describe('breaking', () => {
  it.each([
    ['a removed field', closed({ a: text, b: text }), field(text), 'data.b: was removed'],
    [
      'a removed field of an open object',
      { type: 'object', properties: { a: text } },
      { type: 'object' },
      'data.a: was removed',
    ],
    ['a field that is required now', field(text), closed({ a: text }, { required: ['a'] }), 'data.a: is required now'],
    ['another type', field(text), field({ type: 'number' }), 'data.a: must be a number now, and could be a string'],
    ['a type where there was none', field({}), field(text), 'data.a: must be a string now, and could be anything'],
    ['fewer values', field({ enum: ['x', 'y'] }), field({ enum: ['x'] }), 'data.a: no longer allowed: "y"'],
    [
      'a lower maximum',
      field({ type: 'number', maximum: 5 }),
      field({ type: 'number', exclusiveMaximum: 5 }),
      'data.a: the greatest number was lowered',
    ],
    ['a shorter text', field(text), field({ ...text, maxLength: 5 }), 'data.a: must have at most 5 characters now'],
    ['another pattern', field({ ...text, pattern: 'a' }), field({ ...text, pattern: 'b' }), 'data.a: pattern changed'],
    ['a format', field(text), field({ ...text, format: 'date' }), 'data.a: format was added'],
    [
      'closing',
      { type: 'object', properties: { a: text } },
      field(text),
      'data: unknown fields are refused now (additionalProperties)',
    ],
    [
      'declaring a field of an open object',
      { type: 'object' },
      { type: 'object', properties: { 'a b': text } },
      'data["a b"]: is declared now, and events could hold anything there because additionalProperties was not false',
    ],
    [
      'a field of the items',
      field({ type: 'array', items: closed({ b: text }) }),
      field({ type: 'array', items: closed({}) }),
      'data.a[].b: was removed',
    ],
    [
      'unique items',
      field({ type: 'array' }),
      field({ type: 'array', uniqueItems: true }),
      'data.a: the same item must not stand in it twice now',
    ],
    [
      'one alternative less',
      field({ anyOf: [text, { type: 'null' }] }),
      field({ anyOf: [text] }),
      'data.a: an alternative of anyOf was removed',
    ],
    ['another negation', field({ not: text }), field({ not: { type: 'null' } }), 'data.a: not changed'],
    [
      'a definition that is narrower',
      { ...(field({ not: { $ref: '#/$defs/t' } }) as object), $defs: { t: text } },
      { ...(field({ not: { $ref: '#/$defs/t' } }) as object), $defs: { t: true } },
      'data.a: not changed',
    ],
  ] satisfies [string, Schema, Schema, string][])('is %s', (_name, before, after, sentence) => {
    expect(breakingChanges(before, after)).toEqual([sentence]);
  });
});

describe('the comparison ends', () => {
  it('for cycles of references of different lengths', () => {
    const cycle = (length: number): Schema => ({
      type: 'object',
      properties: { next: { $ref: '#/$defs/n0' } },
      $defs: Object.fromEntries(
        Array.from({ length }, (_, at) => [
          `n${at}`,
          {
            type: 'object',
            minProperties: length % 2,
            properties: { next: { $ref: `#/$defs/n${(at + 1) % length}` } },
          },
        ]),
      ),
    });
    expect(breakingChanges(cycle(400), cycle(399)).length).toBeGreaterThan(0);
  });

  it('for definitions that refer to many others', () => {
    const dense = (limit: number): Schema => ({
      type: 'object',
      properties: { a: { $ref: '#/$defs/d0' } },
      $defs: Object.fromEntries(
        Array.from({ length: 25 }, (_, at) => [
          `d${at}`,
          {
            type: 'object',
            minProperties: limit,
            properties: Object.fromEntries(
              Array.from({ length: 25 }, (_, to) => [`p${to}`, { $ref: `#/$defs/d${to}` }]),
            ),
          },
        ]),
      ),
    });
    const start = performance.now();
    expect(breakingChanges(dense(1), dense(0))).toEqual(breakingChanges(dense(1), dense(0)));
    expect(performance.now() - start).toBeLessThan(4_000);
  });
});

const names = fc.constantFrom('a', 'b', 'ab');
const small = fc.integer({ min: 0, max: 3 });
const scalar = fc.constantFrom<unknown>('', 'a', 'ab', 'abb', '2026-11-26', 0, 1, 2.5, 4, true, null);

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const without = (schema: Record<string, unknown>): Schema =>
  Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));

const { schema: schemas } = fc.letrec<{ schema: Schema }>((tie) => {
  const below = tie('schema');
  const string = fc.record({
    type: fc.constant('string'),
    minLength: optional(small),
    maxLength: optional(small),
    pattern: optional(fc.constantFrom('^a', 'b$')),
    format: optional(fc.constant('date')),
  });
  const number = fc.record({
    type: fc.constantFrom('number', 'integer'),
    minimum: optional(small),
    exclusiveMinimum: optional(small),
    maximum: optional(small),
    multipleOf: optional(fc.constantFrom(1, 2, 0.5)),
  });
  const object = fc.record({
    type: fc.constant('object'),
    properties: optional(fc.dictionary(names, below, { maxKeys: 2 })),
    patternProperties: optional(fc.dictionary(fc.constantFrom('^a', 'b'), below, { maxKeys: 1 })),
    additionalProperties: optional(fc.oneof(fc.boolean(), below)),
    required: optional(fc.uniqueArray(names, { maxLength: 2 })),
    dependentRequired: optional(fc.dictionary(names, fc.uniqueArray(names, { maxLength: 1 }), { maxKeys: 1 })),
    propertyNames: optional(fc.constantFrom({ minLength: 2, type: 'string' }, { enum: ['a', 'ab'] })),
    minProperties: optional(small),
    maxProperties: optional(small),
    unevaluatedProperties: fc.option(fc.boolean(), { nil: undefined, freq: 10 }),
  });
  const array = fc.record({
    type: fc.constant('array'),
    items: optional(below),
    prefixItems: optional(fc.array(below, { minLength: 1, maxLength: 2 })),
    contains: fc.option(below, { nil: undefined, freq: 3 }),
    minItems: optional(small),
    maxItems: optional(small),
    uniqueItems: optional(fc.boolean()),
  });
  const combined = fc.record({
    allOf: optional(fc.array(below, { minLength: 1, maxLength: 2 })),
    anyOf: optional(fc.array(below, { minLength: 1, maxLength: 2 })),
    oneOf: fc.option(fc.array(below, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 5 }),
    not: fc.option(below, { nil: undefined, freq: 5 }),
  });
  const values = fc.record({ enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 4 }) });
  return {
    schema: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.constantFrom<Schema>(true, false, { type: ['string', 'number', 'null'] }, { $ref: '#/$defs/d' }),
      string.map(without),
      number.map(without),
      values.map(without),
      object.map(without),
      array.map(without),
      combined.map(without),
    ),
  };
});

const roots = fc.tuple(fc.dictionary(names, schemas, { minKeys: 1, maxKeys: 3 }), fc.boolean(), schemas).map(
  ([properties, isClosed, d]): Schema => ({
    type: 'object',
    properties,
    ...(isClosed && { additionalProperties: false }),
    $defs: { d },
  }),
);

const { data: anyData } = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.dictionary(names, tie('data'), { maxKeys: 3 }),
    fc.array(tie('data'), { maxLength: 3 }),
  ),
}));

/** One part of a JSON value replaced, removed or changed a little: that of the given number. */
function mutated(value: unknown, target: number, by: { replacement: unknown; step: number }): unknown {
  let at = -1;
  const visit = (part: unknown): unknown => {
    at += 1;
    if (at === target) {
      if (typeof part === 'number') return part + by.step;
      if (typeof part === 'boolean') return !part;
      return by.replacement;
    }
    if (Array.isArray(part)) {
      const items = part.map(visit);
      return at >= target && by.step === 0 ? items.slice(0, -1) : items;
    }
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part)
        // A keyword is left out now and then.
        .filter((_, index) => !(by.step === 0 && at === target - 1 && index === 0))
        .map(([name, each]) => [name, visit(each)]),
    );
  };
  return visit(value);
}

it('without a breaking change, whatever was valid is valid', () => {
  let confirmed = 0;
  const mutation = fc.record({
    target: fc.integer({ min: 1, max: 40 }),
    replacement: fc.oneof(schemas, scalar),
    step: fc.constantFrom(-1, 0, 1),
  });
  fc.assert(
    fc.property(
      roots,
      fc.array(mutation, { minLength: 1, maxLength: 2 }),
      fc.array(fc.dictionary(names, anyData, { maxKeys: 3 }), { minLength: 30, maxLength: 30 }),
      (before, mutations, samples) => {
        const after = mutations.reduce<unknown>((schema, { target, ...by }) => mutated(schema, target, by), before);
        if (inspectSchema(before).length > 0 || inspectSchema(after).length > 0) return;
        if (JSON.stringify(before) === JSON.stringify(after)) return;
        if (breakingChanges(before, after as Schema).length > 0) return;
        const old = compileDataSchema(before);
        const fresh = compileDataSchema(after);
        if ('errors' in old || 'errors' in fresh) return;
        for (const data of samples) {
          if (old.validate(data).length > 0) continue;
          confirmed += 1;
          expect({ data, errors: fresh.validate(data) }).toEqual({ data, errors: [] });
        }
      },
    ),
    { numRuns: 800 },
  );
  expect(confirmed).toBeGreaterThan(100);
});
