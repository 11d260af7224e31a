// What validations cost, in units and not in time: large events that products send pass, and what is made to cost much
// is refused early. A unit is 50 to 300 ns, so that 100,000 are about 20 ms.
import { afterEach, expect, jest, test } from '@jest/globals';
import { compileDataSchema } from './compile-data-schema.ts';
import { ValidationBudget } from './validation-budget.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const list = <T>(length: number, item: (n: number) => T): T[] => Array.from({ length }, (_, n) => item(n));
const fieldsOf = <T>(length: number, value: (n: number) => T): Record<string, T> =>
  Object.fromEntries(list(length, (n) => [`field${n}`, value(n)]));

function unitsOf(schema: object, data: unknown): { units: number; errors: string[] } {
  const compiled = compileDataSchema(schema);
  if ('errors' in compiled) throw new Error(JSON.stringify(compiled.errors));
  const charged = jest.spyOn(ValidationBudget.prototype, 'charge').mockClear();
  const errors = compiled.validate(data).map(({ message }) => message);
  return { units: charged.mock.calls.reduce((sum, [units]) => sum + units, 0), errors };
}

const row = {
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 40 },
    name: { type: 'string', maxLength: 200 },
    amount: { type: 'number' },
    email: { type: 'string', format: 'email' },
    at: { type: 'string', format: 'date-time' },
    state: { enum: ['open', 'won', 'lost'] },
  },
  required: ['id', 'name'],
  additionalProperties: false,
};
const large = {
  type: 'object',
  properties: {
    ...fieldsOf(100, (n) => (n % 2 === 0 ? { type: 'string', maxLength: 200 } : { type: 'integer', minimum: 0 })),
    rows: { type: 'array', items: row },
    tags: { type: 'array', uniqueItems: true, items: { type: 'string', pattern: '^[a-z0-9-]{1,40}$' } },
    numbers: { type: 'array', items: { type: 'number' } },
  },
};
const rowOf = (n: number): object => ({
  ...{ id: `id-${n}`, name: `Name of row ${n}`, amount: n, email: `person${n}@acme.test` },
  ...{ at: '2026-11-26T12:00:00Z', state: 'open' },
});

test('an event with 100 fields and lists of 1,000 takes less than half of the budget', () => {
  const fields = fieldsOf(100, (n) => (n % 2 === 0 ? `text ${n}` : n));
  for (const data of [
    { ...fields, rows: list(1_000, rowOf), numbers: list(1_000, (n) => n) },
    { ...fields, tags: list(1_000, (n) => `tag-${n}`), numbers: list(1_000, (n) => n) },
    { ...fields, field0: 'x'.repeat(200), rows: list(300, rowOf), tags: list(500, (n) => `tag-${n}`) },
  ]) {
    const { units, errors } = unitsOf(large, data);
    expect(errors).toEqual([]);
    expect(units).toBeLessThan(50_000);
  }
});

const node = { $ref: '#/$defs/node' };
const branch = { type: 'object', properties: { next: node } };
const arrayOf = (items: object, more: object = {}): object => ({
  type: 'object',
  properties: { all: { type: 'array', items, ...more } },
});

test.each<[string, object, unknown]>([
  [
    'alternatives that double',
    { ...branch, $defs: { node: { anyOf: [branch, branch] } } },
    list(48, (n) => n).reduce<unknown>((next) => ({ next }), 5),
  ],
  ['a megabyte of numbers', arrayOf({ type: 'number', minimum: 0 }), { all: list(300_000, (n) => n) }],
  ['objects that have to differ', arrayOf({}, { uniqueItems: true }), { all: list(30_000, (n) => ({ n, b: [n] })) }],
  [
    'objects that are compared with 200 others',
    arrayOf({ enum: list(200, (n) => ({ n })) }),
    { all: list(30_000, () => ({ n: 199 })) },
  ],
  [
    'a text that keeps a pattern busy',
    { type: 'object', properties: { text: { type: 'string', pattern: '[ab]*a[ab]{90}[cd]' } } },
    { text: 'abbab'.repeat(10_000) },
  ],
  [
    'names that keep patterns busy',
    { type: 'object', patternProperties: { '[ab]*a[ab]{90}[cd]': true } },
    Object.fromEntries(list(3_000, (n) => [`${'abbab'.repeat(8)}${n}`, 1])),
  ],
])('%s: it is refused', (_, schema, data) => {
  const { units, errors } = unitsOf(schema, data);
  expect(errors).toEqual(['takes too long to check against the schema of its type']);
  process.stdout.write(`validation budget: ${Math.round(units)} units\n`);
});

test('the check that exceeds the budget is the last one', () => {
  const charged = jest.spyOn(ValidationBudget.prototype, 'charge');
  const compiled = compileDataSchema(arrayOf({ type: 'array', contains: { type: 'number', minimum: 5 } }));
  if ('errors' in compiled) throw new Error('refused');
  const [error] = compiled.validate({ all: list(5_000, () => list(100, (n) => (n === 99 ? 9 : 1))) });
  expect(error?.message).toBe('takes too long to check against the schema of its type');
  const units = charged.mock.calls.map(([each]) => each);
  const sum = units.reduce((total, each) => total + each, 0);
  expect(sum).toBeGreaterThan(100_000);
  expect(sum - units.at(-1)!).toBeLessThanOrEqual(100_000);
});
