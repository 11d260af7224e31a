import { expect, it, describe } from '@jest/globals';
import fc from 'fast-check';
import { compileDataSchema, type DataSchema } from './compile-data-schema.ts';

function compiled(schema: unknown): DataSchema {
  const result = compileDataSchema(schema);
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result;
}

const refused = (schema: unknown) => {
  const result = compileDataSchema(schema);
  return 'errors' in result ? result.errors : [];
};

const lines = (errors: { path: string; message: string }[]) => errors.map(({ path, message }) => `${path}: ${message}`);

const nested = (depth: number, deepest: unknown = {}): unknown => {
  let value = deepest;
  for (let level = 1; level < depth; level += 1) value = { next: value };
  return value;
};

const report = {
  type: 'object',
  required: ['owner', 'items'],
  additionalProperties: false,
  properties: {
    owner: { $ref: '#/$defs/person' },
    items: {
      type: 'array',
      maxItems: 3,
      uniqueItems: true,
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string', minLength: 2 }, score: { type: ['number', 'null'], minimum: 0 } },
      },
    },
    state: { enum: ['open', 'closed'] },
    due: { type: 'string', format: 'date' },
    code: { type: 'string', pattern: '^[A-Z]{3}$' },
    target: {
      anyOf: [{ type: 'string' }, { type: 'object', required: ['id'], properties: { id: { type: 'string' } } }],
    },
  },
  $defs: {
    person: {
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, mail: { type: 'string', format: 'email' } },
      dependentRequired: { mail: ['name'] },
    },
  },
};

describe('the errors of data', () => {
  const { validate } = compiled(report);

  it('are none for valid data', () => {
    expect(
      validate({
        owner: { name: 'Ada' },
        items: [{ name: 'ab', score: null }, { name: 'cd' }],
        due: '2026-11-26',
        code: 'ABC',
        target: { id: 'x' },
      }),
    ).toEqual([]);
  });

  it('name each field and say in plain words what it has to be', () => {
    const data = {
      owner: { mail: 'no' },
      items: [{ name: 'a', score: -1 }, { score: 'x' }, { name: 'zz' }, { name: 'zz' }],
      state: 'lost',
      due: '2026-02-30',
      code: 'abc',
      'odd name': 1,
      target: { id: 5 },
    };
    expect(lines(validate(data)).sort()).toEqual(
      [
        'data["odd name"]: unknown field',
        'data.code: must match the pattern ^[A-Z]{3}$',
        'data.due: must be a date such as 2026-11-26',
        'data.items: must have at most 3 items',
        'data.items: must not have the same item twice',
        'data.items[0].name: must have at least 2 characters',
        'data.items[0].score: must be at least 0',
        'data.items[1].name: is required',
        'data.items[1].score: must be a number or null',
        'data.owner.mail: must be an e-mail address',
        'data.owner.name: is required',
        'data.owner.name: is required where mail is given',
        'data.state: must be one of "open", "closed"',
        'data.target: must match at least one of the allowed shapes',
      ].sort(),
    );
  });

  it('take absent data as an empty object', () => {
    expect(lines(validate(undefined))).toEqual(['data.owner: is required', 'data.items: is required']);
  });

  it('are at most 20', () => {
    const names = Array.from({ length: 60 }, (_, at) => `f${at}`);
    expect(
      compiled({
        type: 'object',
        properties: Object.fromEntries(names.map((name) => [name, true])),
        required: names,
      }).validate({}),
    ).toHaveLength(20);
  });

  it('are found where alternatives demand fields of the whole', () => {
    const { validate } = compiled({
      type: 'object',
      properties: { a: true, b: true },
      anyOf: [{ required: ['a'] }, { required: ['b'] }],
    });
    expect(validate({ b: 1 })).toEqual([]);
    expect(lines(validate({}))).toEqual(['data: must match at least one of the allowed shapes']);
  });

  it('are never about inherited fields', () => {
    const { validate } = compiled({
      type: 'object',
      required: ['toString'],
      additionalProperties: false,
      properties: { toString: true },
    });
    expect(lines(validate({}))).toEqual(['data.toString: is required']);
    expect(lines(validate(JSON.parse('{"toString": 1, "__proto__": 2}')))).toEqual(['data.__proto__: unknown field']);
  });

  it('are not left from the data before', () => {
    expect(validate({})).not.toEqual([]);
    expect(validate({ owner: { name: 'Ada' }, items: [] })).toEqual([]);
  });
});

describe('a schema is refused', () => {
  it.each([
    ['no object', 'text', 'schema: must be an object'],
    ['another root', { type: 'array' }, 'schema.type: must be "object": the data of an event is always an object'],
    ['an unknown keyword', { type: 'object', propertys: {} }, 'schema.propertys: unknown keyword'],
    [
      'an unknown format',
      { type: 'object', properties: { a: { type: 'string', format: 'dat' } } },
      /^schema\.properties\.a\.format: must be one of date, /,
    ],
    [
      'a foreign reference',
      { type: 'object', properties: { a: { $ref: 'https://a.example/b' } } },
      /^schema\.properties\.a\.\$ref: must be "#/,
    ],
    [
      'a missing definition',
      { type: 'object', properties: { a: { $ref: '#/$defs/b' } } },
      'schema.properties.a.$ref: no b in $defs',
    ],
    [
      'a keyword beside $ref',
      { type: 'object', properties: { a: { $ref: '#/$defs/b', type: 'string' } }, $defs: { b: true } },
      'schema.properties.a.type: cannot stand beside $ref: use allOf',
    ],
    [
      'look-ahead',
      { type: 'object', properties: { a: { type: 'string', pattern: '(?=a)' } } },
      /^schema\.properties\.a\.pattern: /,
    ],
    [
      'a wrong value',
      { type: 'object', properties: { a: { type: 'string', maxLength: -1 } } },
      'schema.properties.a.maxLength: must be a whole number',
    ],
    [
      'keywords of another type',
      { type: 'object', properties: { a: { type: 'string', minimum: 1 } } },
      /^schema\.properties\.a: missing type "number" for keyword "minimum"/,
    ],
    [
      'an endless reference',
      { type: 'object', $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } } },
      /leads back to itself/,
    ],
    [
      '__proto__',
      JSON.parse('{"type":"object","properties":{"__proto__":true}}'),
      'schema.properties: must not have the name __proto__',
    ],
    [
      'a schema of the wrong kind',
      { type: 'object', properties: { a: 5 } },
      'schema.properties.a: must be a schema: an object, true or false',
    ],
  ])('for %s, and the place is named', (_name, schema, expected) => {
    const [first = ''] = lines(refused(schema));
    if (typeof expected === 'string') expect(first).toBe(expected);
    else expect(first).toMatch(expected);
  });

  it('when it is larger than 64 KiB, deeper than 20, or has more than 1,000 subschemas', () => {
    let deep: unknown = { type: 'string' };
    for (let level = 0; level < 21; level += 1) deep = { type: 'object', properties: { a: deep } };
    let deeper: unknown = {};
    for (let level = 0; level < 100_000; level += 1) deeper = [deeper];
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`p${at}`, true]));
    expect(lines(refused({ type: 'object', description: 'x'.repeat(65_536) }))).toEqual([
      'schema: must not be larger than 64 KiB',
    ]);
    expect(lines(refused(deep))[0]).toMatch(/must not be nested deeper than 20/);
    expect(lines(refused({ type: 'object', default: deeper }))[0]).toMatch(/must not be nested deeper than 20/);
    expect(lines(refused({ type: 'object', properties: many }))[0]).toMatch(/more than 1000 subschemas/);
  });

  it('or taken, but nothing is thrown, whatever the value', () => {
    const anySchema = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom('type', 'properties', 'items', 'anyOf', '$ref', '$defs', 'enum', 'required', 'if'),
        fc.jsonValue(),
      ),
    );
    fc.assert(
      fc.property(anySchema, fc.jsonValue(), (schema, data) => {
        const result = compileDataSchema({ ...(schema as object), type: 'object' });
        if ('errors' in result) expect(result.errors.length).toBeGreaterThan(0);
        else expect(Array.isArray(result.validate(data))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the time and the stack of a validation are limited', () => {
  it('for data of any depth', () => {
    const { validate } = compiled({
      type: 'object',
      properties: { next: { $ref: '#/$defs/node' } },
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
    });
    expect(validate(nested(50))).toEqual([]);
    expect(lines(validate(nested(51)))).toEqual(['data: must not be nested deeper than 50 levels']);
    expect(lines(validate(nested(200_000)))).toEqual(['data: must not be nested deeper than 50 levels']);
  });

  it('for alternatives that double at each level of the data', () => {
    const node = { $ref: '#/$defs/node' };
    const branch = { type: 'object', properties: { next: node } };
    const { validate } = compiled({ ...branch, $defs: { node: { anyOf: [branch, branch] } } });
    expect(validate(nested(50, { next: 5 }))).toEqual([
      { path: 'data', message: 'takes too long to check against the schema of its type' },
    ]);
  });

  it('for definitions that double at each definition', () => {
    const levels = 18;
    const $defs: Record<string, unknown> = { [`d${levels}`]: { type: 'object' } };
    for (let level = 0; level < levels; level += 1) {
      const next = { $ref: `#/$defs/d${level + 1}` };
      $defs[`d${level}`] = { allOf: [next, next, next] };
    }
    const { validate } = compiled({ type: 'object', allOf: [{ $ref: '#/$defs/d0' }], $defs });
    expect(validate({})).toEqual([{ path: 'data', message: 'takes too long to check against the schema of its type' }]);
  });

  it('for large lists without two equal items', () => {
    const { validate } = compiled({ type: 'object', properties: { all: { type: 'array', uniqueItems: true } } });
    const all = Array.from({ length: 10_000 }, (_, at) => ({ at, b: [at] }));
    expect(validate({ all })).toEqual([]);
    expect(lines(validate({ all: [...all, { b: [7], at: 7 }] }))).toEqual([
      'data.all: must not have the same item twice',
    ]);
  });

  it('for patterns that take exponential time elsewhere', () => {
    const { validate } = compiled({ type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } });
    expect(lines(validate({ a: `${'a'.repeat(100_000)}!` }))).toHaveLength(1);
  });

  it('for a megabyte of invalid items', () => {
    const { validate } = compiled({
      type: 'object',
      properties: { all: { type: 'array', items: { type: 'string' } } },
    });
    const all = Array.from({ length: 500_000 }, () => 1);
    expect(validate({ all })).toEqual([{ path: 'data.all[0]', message: 'must be a string' }]);
  });

  it('for many names and many patterns of names', () => {
    const patternProperties = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`^[a-z]+${at}$`, true]));
    const { validate } = compiled({ type: 'object', patternProperties, additionalProperties: false });
    const data = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`name${at}`, 1]));
    expect(validate(data)).toEqual([
      { path: 'data', message: 'takes too long to check against the schema of its type' },
    ]);
  });
});
