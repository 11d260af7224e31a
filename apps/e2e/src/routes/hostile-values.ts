// What strangers put where a route expects something else.
import type { Schema } from './route.ts';

/** As they stand in an address: encoded, or broken on purpose. */
export const hostileSegments = [
  '%00',
  'a%00b',
  '%ED%A0%80',
  '%C0%80',
  '%E0%A4%A',
  '%',
  '__proto__',
  'constructor',
  '..%2f..%2fetc%2fpasswd',
  '%2e%2e',
  '%20',
  '%F0%9F%92%A9',
  '%E2%80%AE',
  '%27%3B%20DROP%20TABLE%20audit_entry%3B--',
  '-1',
  '1e999',
  '99999999999999999999',
  'NaN',
  'null',
  'undefined',
  '%7B%22%24gt%22%3A%22%22%7D',
  'x'.repeat(6_000),
] as const;

const cursor = (text: string): string => Buffer.from(text).toString('base64url');

export const hostileCursors = [
  ...[
    'null',
    '{}',
    '[]',
    '[[]]',
    '"x"',
    '1e400',
    '-1',
    '[1,2,3,4]',
    '{"__proto__":{"a":1}}',
    '"\\u0000"',
    '"\\ud800"',
    '["\\u0000","\\u0000"]',
  ],
  ...[
    '["9999999-01-01T00:00:00Z","1"]',
    '["2026-01-01T00:00:00Z","99999999999999999999"]',
    '["0000-00-00T00:00:00Z","x"]',
    '9'.repeat(400),
  ],
  `${'['.repeat(500)}${']'.repeat(500)}`,
]
  .map(cursor)
  .concat(['', '!!!', '%00', 'x'.repeat(5_000)]);

/** For one query parameter, as they stand after the question mark. */
export function hostileQueries(name: string): string[] {
  const values = name === 'cursor' ? hostileCursors : hostileSegments;
  return [
    ...values.map((value) => `?${name}=${value}`),
    `?${name}=1&${name}=2`,
    `?${name}[]=1`,
    `?${name}[a][b]=1`,
    `?${name}`,
    `?${name}=`,
  ];
}

/** Texts as a body: what no schema asked for. */
export function hostileBodies(): (string | Buffer)[] {
  const deep = 10_000;
  return [
    '',
    'null',
    '[]',
    '"text"',
    '1',
    'true',
    '{}',
    '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}}}',
    '{"broken',
    `{"a":${'['.repeat(deep)}${']'.repeat(deep)}}`,
    `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`,
    `{"a":"${'x'.repeat(10_000_000)}"}`,
    `{${Array.from({ length: 50_000 }, (_, i) => `"k${i}":1`).join(',')}}`,
    `[${'0,'.repeat(400_000)}0]`,
    '{"a":1e400}',
    Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    '\u0000',
    '\ufeff{}',
  ];
}

const wrong: unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  1e21,
  '',
  'x\u0000',
  '\ud800',
  '__proto__',
  '\u202e',
  'x'.repeat(300_000),
  [],
  [[]],
  [null],
  {},
  { __proto__: null, a: { b: {} } },
  { $ne: null },
];

/** The example with one place after the other replaced by something of another kind, down to the third level. */
export function* bentFrom(example: unknown, schema: Schema | undefined, level = 0): Generator<unknown> {
  if (typeof example !== 'object' || example === null || level > 2) return;
  const names = new Set([...Object.keys(example), ...Object.keys(schema?.properties ?? {}), 'surplus', '__proto__']);
  for (const name of names) {
    for (const value of wrong) yield withPlace(example, name, value);
    for (const inner of bentFrom((example as Record<string, unknown>)[name], schema?.properties?.[name], level + 1))
      yield withPlace(example, name, inner);
  }
}

function withPlace(example: object, name: string, value: unknown): unknown {
  const copy = Array.isArray(example) ? [...(example as unknown[])] : { ...example };
  Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}
