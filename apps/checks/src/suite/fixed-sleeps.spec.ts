// Fixed sleeps are found, pauses between two looks are not, and no test of the repository holds a sleep without a
// reason.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repository } from '../repository.ts';
import { fixedSleeps } from './fixed-sleeps.ts';
import { permittedSleeps } from './permitted-sleeps.ts';

test.each([
  'await new Promise((resolve) => setTimeout(resolve, 500));',
  'await new Promise((r) => setTimeout(() => r(1), pauseMs));',
  'const handle = () => new Promise((resolve) => setTimeout(resolve, 8_000));',
  "import { setTimeout as pause } from 'node:timers/promises';\nawait pause(100);",
  "import { setTimeout } from 'timers/promises';\nawait setTimeout(100);",
  "import { scheduler } from 'node:timers/promises';\nawait scheduler.wait(100);",
  "import timers from 'node:timers/promises';\nawait timers.setTimeout(100);",
  "await client.query('SELECT pg_sleep(0.2)');",
  'await client.query(`SELECT pg_sleep(0.2) FROM ${table}`);',
  'for (const one of all) { await new Promise((resolve) => setTimeout(resolve, 500)); }',
  'for (let n = 0; n < 3; n++) { await new Promise((resolve) => setTimeout(resolve, 500)); }',
  'while (true) each(async () => { await new Promise((resolve) => setTimeout(resolve, 500)); });',
])('a sleep: %s', (source) => {
  expect(fixedSleeps(source)).toHaveLength(1);
});

test.each([
  'while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 20));',
  'for (;;) { if (await done()) break; await new Promise((resolve) => setTimeout(resolve, 20)); }',
  "import { setTimeout as pause } from 'node:timers/promises';\ndo await pause(20); while (!done());",
  'const timer = setTimeout(() => stop(), 1_000);',
  'jest.setTimeout(60_000);',
  'await new Promise((resolve) => setImmediate(resolve));',
  "import { setImmediate } from 'node:timers/promises';\nawait setImmediate();",
])('no sleep: %s', (source) => {
  expect(fixedSleeps(source)).toEqual([]);
});

test('no test of this repository sleeps, but for the listed reasons', () => {
  const files = globSync(
    ['{apps,libs}/*/src/**/*.spec.ts', '{apps,libs}/*/src/**/testing/**/*.ts', 'apps/e2e/src/**/*.ts'],
    {
      cwd: repository,
    },
  ).filter((file) => !file.startsWith('apps/checks/src/suite/'));
  expect(files.length).toBeGreaterThan(300);
  const sleeping = [...new Set(files)].flatMap((file) => {
    const lines = fixedSleeps(readFileSync(join(repository, file), 'utf8'));
    return lines.length > 0 ? [{ file, lines }] : [];
  });
  const permitted = new Set(permittedSleeps.map(({ file }) => file));
  expect(sleeping.filter(({ file }) => !permitted.has(file))).toEqual([]);
  expect([...permitted].filter((file) => !sleeping.some((one) => one.file === file))).toEqual([]);
});
