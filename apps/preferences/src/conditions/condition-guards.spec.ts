// The limits of an expression, each counted, so that no spec depends on a clock. The library's internals that the
// guards change are covered here: an update of the library that moves them fails these specs.
import { randomBytes } from 'node:crypto';
import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { compileExpression, EvaluationFailed, type Variables } from './condition.ts';
import type { RE2JS } from 're2js';
import { compilePattern, stepsPerCharacter } from './patterns.ts';
import { mostUnits, WorkMeter } from './work-meter.ts';

const list = <Item>(length: number, item: (index: number) => Item): Item[] => Array.from({ length }, (_, n) => item(n));
const long = 'a'.repeat(60_000);

const variables: Variables = {
  data: {
    numbers: list(1000, (n) => n),
    many: list(90_000, (n) => n),
    lists: list(250, () => list(250, (n) => n)),
    sameLists: list(250, () => list(250, (n) => n)),
    dates: list(5000, () => '2026-11-26T12:00:00Z'),
    thousands: list(20_000, (n) => n),
    random: Array.from(randomBytes(4000), (byte) => (byte < 128 ? 'a' : 'b')).join(''),
    texts: list(1000, (n) => 'q'.repeat(3000) + String(n)),
    long,
    needle: `b${'a'.repeat(30_000)}`,
    letters: `${'a'.repeat(40)}!`,
    fields: Object.fromEntries(list(10_000, (n) => [`k${n}`, n])),
  },
  notification: { type: 't', priority: 'normal', source: '/s', id: '1' },
  tenant: { id: 'acme', name: 'Acme' },
};

function errorsOf(expression: string): string {
  const compiled = compileExpression(expression, undefined, 'any');
  return 'errors' in compiled ? compiled.errors.map((error) => error.message).join('; ') : '';
}

function evaluate(expression: string): unknown {
  const compiled = compileExpression(expression, undefined, 'any');
  if ('errors' in compiled) throw new Error(compiled.errors[0]?.message);
  return compiled.expression.evaluate(variables);
}

test.each([
  ['10,000 characters', 'data.a == 1 || '.repeat(700) + 'true', 'more than 4000 characters'],
  ['deep parentheses', `${'('.repeat(1900)}1${')'.repeat(1900)}`, 'maxDepth (30)'],
  ['deep lists', '['.repeat(3990), 'maxDepth (30)'],
  ['a long path', `data${'.a'.repeat(1900)}`, 'maxDepth (30)'],
  ['many negations', `${'!'.repeat(3990)}true`, 'maxAstNodes (300)'],
  ['many operators', `true${'&&true'.repeat(600)}`, 'maxAstNodes (300)'],
  ['three nested loops', 'data.l.all(x, data.l.all(y, data.l.all(z, true)))', 'nested deeper than 2'],
  ['a bound value, which can double', 'cel.bind(x, "a" + "a", x + x)', 'no function bind'],
  ['a dynamic pattern', 'data.a.matches(data.b)', 'written as text'],
  ['the own function behind matches', 'data.a.matchesPattern("a")', 'no function matchesPattern'],
  ['a pattern as a function', 'matches(data.a, "a")', 'no function matches'],
  ['a pattern that unfolds', 'data.a.matches("((a{10}){10}){10}")', 'repeats too much'],
  ['a long pattern', `data.a.matches("${'a'.repeat(201)}")`, 'more than 200 characters'],
  [
    'a pattern of many Unicode classes',
    'data.a.matches("[\\\\p{L}\\\\p{N}][\\\\p{Lu}\\\\p{Ll}]\\\\p{M}")',
    'repeats too much',
  ],
  ['many patterns', list(6, (n) => `data.a.matches("a${n}")`).join(' || '), 'more than 5 patterns'],
  ['a look-behind', 'data.a.matches("(?<=a)b")', 'not valid RE2'],
])('%s is refused when it is compiled', (_, expression, message) => {
  expect(errorsOf(expression)).toContain(message);
});

test.each([
  ['nested loops', 'data.numbers.all(x, data.numbers.all(y, x < y || true))', 'more than 100000 steps'],
  ['nested loops with errors', 'data.numbers.exists(x, data.numbers.exists(y, y.a == 1))', 'more than 100000 steps'],
  ['a loop of errors', 'data.numbers.exists(x, x.a == 1)', 'too much work'],
  ['a loop of errors that || ignores', 'data.numbers.all(x, x.a == 1 || true)', 'too much work'],
  ['a long list', 'data.many.filter(x, x > 1).size() > 2', 'too much work'],
  ['comparisons in a loop', 'data.numbers.all(x, data.lists == data.sameLists)', 'too much work'],
  ['a search in a loop', 'data.numbers.all(x, -1 in data.many || true)', 'too much work'],
  ['a list of keys in a loop', 'data.numbers.all(x, size(data.fields) > 1)', 'too much work'],
  ['a text search of a text', 'data.long.contains(data.needle)', 'too much work'],
  ['a text search in a loop', 'data.numbers.exists(x, data.long.contains("bbbbbbbb"))', 'too much work'],
  ['a pattern that backtracks, on a long text', 'data.long.matches("^(a+)+$")', 'too much work'],
  ['a pattern in a loop', 'data.texts.exists(t, t.matches("(.*)(.*)(.*)[ab]{90}!"))', 'too much work'],
  ['a text of texts', `(${list(60, () => 'data.long').join(' + ')}).size()`, 'more than 65536 characters'],
  ['a joined text', 'data.texts.join(",")', 'more than 65536 characters'],
  ['a list of lists', `size(${list(60, () => 'data.numbers').join(' + ')})`, 'more than 10000 items'],
  ['lists built in a loop', 'data.numbers.map(x, data.numbers + data.numbers)', 'too much work'],
  ['a result of shared lists', 'data.numbers.map(x, data.numbers)', 'the result has more than 10000 values'],
  ['times read in a loop', 'data.dates.all(d, timestamp(d) > timestamp("2020-01-01T00:00:00Z"))', 'too much work'],
  ['durations read in a loop', 'data.thousands.map(x, duration(string(x) + "s")).size() > 0', 'too much work'],
  ['a pattern with a state for each character', 'data.random.matches("[ab]*a[ab]{90}[cd]")', 'too much work'],
  ['texts split in a loop', 'data.numbers.map(x, data.long.split(""))', 'too much work'],
])('%s is refused when it is evaluated', (_, expression, message) => {
  expect(errorsOf(expression)).toBe('');
  const fails = () => evaluate(expression);
  expect(fails).toThrow(EvaluationFailed);
  expect(fails).toThrow(message);
});

/** The worst of some thousand pairs of an expression and a size of its data, by the time of the processor. */
test.each([
  'data.thousands.map(x, x > 5, x * 2).size() > 0',
  'data.thousands.all(x, string(x) != "a")',
  'data.thousands.all(x, int(x) + 1 > 0)',
  `data.numbers.all(x, ${list(20, () => 'x.y == 1').join(' || ')} || true)`,
  'data.dates.all(d, timestamp(d).getDayOfWeek() > -1)',
  'data.random.matches("a.{8}[cd]")',
  'data.lists == data.sameLists',
])('%s: it stops before it has done more work than the limit', (expression) => {
  const spent = jest.spyOn(WorkMeter.prototype, 'spend');
  let answer: unknown;
  try {
    answer = evaluate(expression);
  } catch (error) {
    expect(error).toBeInstanceOf(EvaluationFailed);
    answer = (error as Error).message;
  }
  const units = spent.mock.calls.map(([each]) => each);
  const refused = answer === 'the expression takes too much work for this data';
  spent.mockRestore();
  // What exceeds the limit is not done, and little is charged while the refusal passes through `||` and `exists`.
  const done = (refused ? units.slice(0, -1) : units).reduce((sum, each) => sum + each, 0);
  process.stdout.write(
    `work: ${Math.round(done)} of ${mostUnits} units: ${String(answer)}: ${expression.slice(0, 80)}\n`,
  );
  expect(done).toBeLessThanOrEqual(mostUnits * 1.01);
  expect(units.length).toBeGreaterThan(0);
});

test('what stays under the limits has its answer', () => {
  expect(evaluate('data.letters.matches("^(a+)+$")')).toBe(false);
  expect(evaluate('data.lists == data.sameLists')).toBe(true);
  expect(evaluate('data.numbers.all(x, x < 1000) && data.numbers.exists(x, x == 999)')).toBe(true);
  expect(evaluate('data.numbers.filter(x, x < 300).all(x, [1, 2, 3].exists(y, y > 2 && x >= 0))')).toBe(true);
});

test('a limit that was reached is not hidden by ||, and the next evaluation starts anew', () => {
  const compiled = compileExpression('data.a.all(x, data.b.all(y, x < y || true)) || true');
  if ('errors' in compiled) throw new Error('refused');
  // An ordinary error is ignored.
  expect(compiled.expression.evaluate(variables)).toBe(true);
  const withLists = (length: number) => ({
    ...variables,
    data: { a: list(length, (n) => n), b: list(length, (n) => n) },
  });
  expect(() => compiled.expression.evaluate(withLists(1000))).toThrow('more than 100000 steps');
  expect(compiled.expression.evaluate(withLists(10))).toBe(true);
});

test('a pattern finds what a JavaScript RegExp finds', () => {
  const piece = fc.constantFrom('a', 'b', 'a+', 'b*', '(ab|b)', '[ab]', '.', 'a{2}', '(?:ba){1,2}', '^', '$', '\\d');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 6 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '1') }),
      (parts, text) => {
        const pattern = compilePattern(parts.join(''));
        if (typeof pattern === 'string') throw new Error(pattern);
        expect(pattern.test(text)).toBe(new RegExp(parts.join('')).test(text));
      },
    ),
  );
});

test('a pattern that is accepted has a small program, however its repeats are nested', () => {
  const pattern = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('a', '[^]a]', '[[:alpha:]]', '\\p{L}', '.', '\\{', 'ab'),
      fc.tuple(tie('node'), tie('node')).map(([left, right]) => `(${left}|${right})`),
      fc.tuple(tie('node'), tie('node')).map(([left, right]) => left + right),
      fc.tuple(tie('node'), fc.integer({ min: 0, max: 40 })).map(([inner, times]) => `(?:${inner}){${times}}`),
      fc.tuple(tie('node'), fc.integer({ min: 1, max: 40 })).map(([inner, most]) => `(${inner}){1,${most}}`),
    ),
  })).node;
  fc.assert(
    fc.property(pattern, (text) => {
      const compiled = compilePattern(text);
      if (typeof compiled === 'string') expect(compiled).toMatch(/repeats too much|more than 200 characters/);
      else expect(compiled.programSize()).toBeLessThanOrEqual(200);
    }),
  );
});

test('the automaton of a pattern is built once and not for every text, and the answers are the same without it', () => {
  const pattern = compilePattern('^[ab]*a[ab]{12}[cd]$');
  if (typeof pattern === 'string') throw new Error(pattern);
  const { dfa } = pattern.re2() as unknown as {
    dfa: { stateBudget: number; failed: boolean; getState: (...given: unknown[]) => unknown };
  };
  // A library that calls them otherwise would build up to 8 MB of states, anew and anew.
  expect([dfa.stateBudget, dfa.failed, typeof dfa.getState]).toEqual([32_768, false, 'function']);
  const built = jest.spyOn(dfa, 'getState');
  const regular = /^[ab]*a[ab]{12}[cd]$/;
  for (let n = 0; n < 500; n++) {
    const random = Array.from(randomBytes(40), (byte) => (byte < 128 ? 'a' : 'b')).join('') + (n % 3 ? 'c' : 'e');
    expect(pattern.test(random)).toBe(regular.test(random));
  }
  expect(dfa.failed).toBe(true);
  expect(built.mock.calls.length).toBeLessThan(1_000);
});

test.each([
  ['^[a-z0-9-]{1,60}$', 1],
  ['^[ab]*a[ab]{90}[cd]$', 98],
])('a character takes as many steps of %s as it may keep busy: %d', (text, steps) => {
  expect(stepsPerCharacter(compilePattern(text) as RE2JS)).toBe(steps);
});
