// What an author may write, what each mistake is told, and what an expression gives.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileExpression, EvaluationFailed, type JsonSchema, type Variables } from './condition.ts';

const schema: JsonSchema = {
  type: 'object',
  properties: {
    dailyScore: { type: 'integer' },
    kind: { enum: ['a', 'b'] },
    nick: { type: ['string', 'null'] },
    owner: { $ref: '#/$defs/person' },
    manager: { anyOf: [{ $ref: '#/$defs/person' }, { type: 'null' }] },
    items: { type: 'array', items: { type: 'object', properties: { n: { type: 'number' } } } },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    mixed: { type: 'object', properties: { x: { type: 'number' } }, additionalProperties: true },
    free: true,
    either: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    tree: { $ref: '#/$defs/tree' },
    lists: { $ref: '#/$defs/lists' },
    toString: { type: 'string' },
  },
  $defs: {
    person: { type: 'object', properties: { email: { type: 'string' }, id: { type: 'string' } } },
    tree: { type: 'object', properties: { value: { type: 'number' }, next: { $ref: '#/$defs/tree' } } },
    lists: { type: 'array', items: { $ref: '#/$defs/lists' } },
  },
};

const example = {
  dailyScore: 120,
  kind: 'a',
  nick: null,
  owner: { email: 'joe@acme.test' },
  manager: { email: 'eve@acme.test' },
  items: [{ n: 1 }, { n: 2.5 }],
  labels: { team: 'blue' },
  mixed: { x: 1, y: 'z' },
  free: { any: [1] },
  tree: { value: 1, next: { value: 2 } },
};

const variables = (data: Record<string, unknown>): Variables => ({
  data,
  notification: { type: 'report.ready', priority: 'normal', source: '/reports', id: '1' },
  tenant: { id: 'acme', name: 'Acme' },
});

function evaluate(expression: string, data: Record<string, unknown> = example, dataSchema?: JsonSchema): unknown {
  const compiled = compileExpression(expression, dataSchema, 'any');
  if ('errors' in compiled) throw new Error(JSON.stringify(compiled.errors));
  return compiled.expression.evaluate(variables(data));
}

/** Each error with the characters it concerns. */
function errorsOf(expression: string, expected?: 'bool' | 'any'): [string, string][] {
  const compiled = compileExpression(expression, schema, expected);
  if (!('errors' in compiled)) return [];
  return compiled.errors.map(({ message, start, end }) => [message, expression.slice(start, end)]);
}

test.each([
  ['data.dailyScore >= 100', true],
  ['data.dailyScore + 1', 121],
  ['1 + data.dailyScore * 2 - data.dailyScore / 2', 181],
  ['data.dailyScore % 7 == 1', true],
  ['data.dailyScore == 120 && 120 == data.dailyScore && data.dailyScore != 1', true],
  ['data.dailyScore in [100, 120]', true],
  ['data.dailyScore in [100.0, 120.0] && size(data.items) in data.items.map(i, i.n + 1)', true],
  ['has(data.owner.id) ? data.owner.id : "nobody"', 'nobody'],
  ['has(data.tree.next.next) ? 1 : data.tree.value', 1],
  ['data.nick == null', true],
  ['[].all(x, x == 1 && x / 2 > 1) && size([]) == 0 && !(1 in []) && {} == {}', true],
  ['data.manager != null && data.manager.email.endsWith("@acme.test")', true],
  ['data.items.filter(i, i.n > 1)', [{ n: 2.5 }]],
  ['data.items[0].n', 1],
  ['data.labels.team + data.labels["team"]', 'blueblue'],
  ['data.mixed.y', 'z'],
  ['data.free.any[0] == 1', true],
  ['data.tree.next.value + 1', 3],
  ['notification.type == "report.ready" && tenant.name == "Acme"', true],
  ['data.owner.email.matches("^[a-z]+@acme[.]test$")', true],
  ['"ÄA".lowerAscii()', 'Äa'],
  ['timestamp("2026-01-31T09:00:00Z") + duration("90s")', '2026-01-31T09:01:30.000Z'],
  ['duration("90s")', '90s'],
  ['duration("60s") in [duration("1m")] && duration("1s") != duration("2s")', true],
  ['data.owner', { email: 'joe@acme.test' }],
])('%s', (expression, expected) => {
  expect(evaluate(expression, example, schema)).toEqual(expected);
  expect(evaluate(expression)).toEqual(expected);
});

test.each([
  ['data.dailyScor >= 1', 'dailyScor', /data has no field dailyScor; it has: dailyScore/],
  ['data["dailyScor"] >= 1', '"dailyScor"', /no field dailyScor/],
  ['has(data.owner.mail)', 'mail', /no field mail; it has: email, id/],
  ['data.manager.mail == ""', 'mail', /no field mail/],
  ['data.items.all(i, i.m > 1)', 'm', /i has no field m; it has: n/],
  ['data.items.filter(i, true).exists(i, i.m > 1)', 'm', /no field m/],
  ['data.tree.next.next.valu == 1', 'valu', /no field valu/],
  ['notification.titel == ""', 'titel', /notification has no field titel/],
  ['user.id == ""', 'user', /no variable user/],
  ['data.kind > 1', 'data.kind > 1', /string > int/],
  ['data.dailyScore == "100"', 'data.dailyScore == "100"', /double == string/],
  ['data.kind in [1, 2]', 'data.kind in [1, 2]', /string in list<int>/],
  ['data.dailyScore', 'data.dailyScore', /must be a bool, this is: number/],
  ['data.kind.matches("(")', '"("', /not valid RE2/],
  ['data.kind.matches(data.nick)', 'data.nick', /written as text/],
  ['data.dailyScore.matches("a")', 'data.dailyScore.matches("a")', /matches\(string\)/],
  ['now() > timestamp("2026-01-31T09:00:00Z")', 'now()', /no function now/],
  ['b"a" == b"a"', 'b"a', /bytes/],
  ['data.items.all(data, true)', 'data', /give the loop another name/],
])('%s is refused, and the error names the characters %s', (expression, range, message) => {
  const [first] = errorsOf(expression);
  expect(first?.[0]).toMatch(message);
  expect(first?.[1]).toContain(range);
});

test('every unknown field is told at once', () => {
  expect(errorsOf('data.x == 1 || data.y == 2').map(([, range]) => range)).toEqual(['x', 'y']);
});

test('a condition of a type that is only known from the data fails where the value is not a bool', () => {
  const compiled = compileExpression('data.flag');
  if (!('expression' in compiled)) throw new Error('refused');
  expect(compiled.expression.type).toBe('any');
  expect(compiled.expression.evaluate(variables({ flag: true }))).toBe(true);
  expect(() => compiled.expression.evaluate(variables({ flag: 1 }))).toThrow(EvaluationFailed);
});

test.each([
  ['data.owner.id == "x"', 'data.owner.id is absent'],
  ['data.items[5].n > 1', 'index out of bounds'],
  ['1 / 0', 'division by zero'],
  ['data.dailyScore / 0', 'Infinity'],
  ['notification.title', 'notification.title is absent'],
  ['int(1e300)', 'too large'],
  ['timestamp("31 Jan 2026 09:00:00 GMT")', 'needs a date and time like'],
])('%s fails with: %s', (expression, message) => {
  const fails = () => evaluate(expression, example, schema);
  expect(fails).toThrow(EvaluationFailed);
  expect(fails).toThrow(message);
});

test('a value of another type than the schema declares fails, and is not read as one', () => {
  expect(() => evaluate('data.dailyScore > 1', { dailyScore: '5' }, schema)).toThrow(EvaluationFailed);
  expect(() => evaluate('data.owner.email == ""', { owner: [] }, schema)).toThrow(EvaluationFailed);
});

const prototypeNames = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype'];

test('nothing of Object.prototype is visible, in the data and in what it contains', () => {
  for (const name of prototypeNames.filter((each) => each !== 'prototype')) {
    for (const data of [{}, { child: {} }]) {
      expect(evaluate(`has(data.${name})`, data)).toBe(false);
      expect(() => evaluate(`data["${name}"]`, data)).toThrow('absent');
      expect(evaluate(`"${name}" in data`, data)).toBe(false);
    }
    expect(() => evaluate(`data.child["${name}"]`, { child: {} })).toThrow('absent');
    expect(evaluate(`has(data.child.${name})`, { child: {} })).toBe(false);
  }
  expect(evaluate('has(data.toString)', {}, schema)).toBe(false);
});

test('a field that is named like one of Object.prototype is a field like any other', () => {
  for (const name of prototypeNames) {
    const data = JSON.parse(`{"${name}": 1, "child": {"${name}": {"a": true}}}`) as Record<string, unknown>;
    expect(evaluate(`data["${name}"]`, data)).toBe(1);
    expect(evaluate(`data.child["${name}"].a && "${name}" in data.child && size(data.child) == 1`, data)).toBe(true);
    expect(evaluate('data == data.other || data.child == data.child', data)).toBe(true);
    expect(evaluate(`data.child == {"other": {}}`, data)).toBe(false);
    expect(JSON.stringify(evaluate('data', data))).toBe(JSON.stringify(data));
  }
  expect(({} as Record<string, unknown>)['a']).toBeUndefined();
});

test('any text is compiled or refused with a range inside it, and any data gives JSON or EvaluationFailed', () => {
  const pieces = [
    'data',
    '.owner',
    '.x',
    '(',
    ')',
    '[0]',
    ' + ',
    ' && ',
    '1',
    '2.5',
    '"a"',
    '.map(i, i)',
    ' in ',
    'has(',
  ];
  const anyText = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...pieces, ' == ', '!', '-', ' ? ', ' : ', '{"a": ', '}', 'null', 'size('), {
      maxLength: 9,
    }),
  );
  fc.assert(
    fc.property(anyText, fc.jsonValue(), fc.boolean(), (parts, value, isTyped) => {
      const expression = Array.isArray(parts) ? parts.join('') : parts;
      const compiled = compileExpression(expression, isTyped ? schema : undefined, 'any');
      if ('errors' in compiled) {
        for (const { message, start, end } of compiled.errors) {
          expect(message).not.toBe('');
          expect(0 <= start && start <= end && end <= expression.length).toBe(true);
        }
        return;
      }
      try {
        const result = compiled.expression.evaluate(variables({ owner: value, x: value }));
        expect(JSON.parse(JSON.stringify(result))).toEqual(JSON.parse(JSON.stringify(result)));
      } catch (error) {
        expect(error).toBeInstanceOf(EvaluationFailed);
      }
    }),
    { numRuns: 1000 },
  );
});
