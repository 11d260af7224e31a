// What failed, as Jest and Nx print it.
import { expect, test } from '@jest/globals';
import { Failures } from './failures.ts';

function read(...lines: string[]): Failures {
  const failures = new Failures();
  lines.forEach((line) => failures.read(line));
  return failures;
}

test('a failure is named with its file and its message, in colour or not, once though Jest tells it twice', () => {
  const told = [
    '\u001b[31mFAIL\u001b[39m @carillon/delivery src/lanes.int.spec.ts (7.1 s)',
    '  ● Console',
    '    console.log',
    '\u001b[1m  ● a lane › keeps its order\u001b[22m',
    '',
    '    expected 1',
    'PASS @carillon/delivery src/other.int.spec.ts',
    '  ● Console',
  ];
  const failures = read(...told, 'Summary of all failing tests', ...told.slice(0, 1), ...told.slice(3, 6));
  expect(failures.list(10)).toEqual([
    '  ● @carillon/delivery src/lanes.int.spec.ts › a lane › keeps its order',
    '    ',
    '        expected 1',
  ]);
});

test('two files that cannot be loaded are two failures', () => {
  const failures = read(
    'FAIL @carillon/a src/x.spec.ts',
    '  ● Test suite failed to run',
    'FAIL @carillon/b src/y.spec.ts',
    '  ● Test suite failed to run',
  );
  expect(failures.list(1)).toHaveLength(1);
  expect(failures.list(10)).toHaveLength(2);
});

test('what ESLint and Biome find is named with its file', () => {
  const failures = read(
    '\u001b[0mdocs/scale.md\u001b[0m \u001b[0mformat\u001b[0m ━━━━━━━━',
    '/repository/apps/delivery/src/x.ts',
    '  2:1  error  This line has a comment length of 121. Maximum allowed is 120  max-len',
    '  3:1  warning  Something else',
  );
  expect(failures.list(10)).toEqual([
    '  ● docs/scale.md format',
    '  ● /repository/apps/delivery/src/x.ts 2:1  error  This line has a comment length of 121. Maximum allowed is 120  max-len',
  ]);
});

test('a project whose Jest died is named', () => {
  const failures = read('Failed tasks:', '', '- @carillon/delivery:integration');
  expect(failures.list(10)).toEqual(['  ● @carillon/delivery:integration']);
});
