// The rules find what they are for, and the repository keeps them.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repository } from '../repository.ts';
import { brokenRules } from './suite-rules.ts';

test.each([
  ['apps/e2e/src/x.spec.ts', 'jest.retryTimes(2);'],
  ['libs/domain/src/x.spec.ts', 'jest.retryTimes(2);'],
  ['apps/e2e/src/files.ts', "import { startKafka, until } from '@carillon/playground';"],
  ['apps/e2e/src/x.spec.ts', "test('x', async () => {\n  await x();\n}, 60_000);"],
  ['apps/e2e/src/x.spec.ts', "test.each([1])(\n  'x',\n  async () => {\n    await x();\n  },\n  60_000,\n);"],
  ['apps/delivery/src/x.ts', "process.kill(process.pid, 'SIGKILL');"],
  ['libs/telemetry/src/x.ts', "subscribe(checkpointChannel('claim.stored'), end);"],
])('%s must not hold %s', (file, source) => {
  expect(brokenRules(file, source)).toHaveLength(1);
});

test.each([
  ['apps/e2e/src/x.spec.ts', "import { until } from './until.ts';"],
  ['libs/messaging/src/x.int.spec.ts', "test('x', async () => {\n  await x();\n}, 60_000);"],
  ['apps/delivery/src/testing/x.ts', "child.kill('SIGKILL');"],
  ['apps/delivery/src/x.int.spec.ts', "subscribe(checkpointChannel('claim.stored'), end);"],
  ['apps/delivery/src/x.ts', "checkpoint('claim.stored');"],
])('%s may hold %s', (file, source) => {
  expect(brokenRules(file, source)).toEqual([]);
});

test('no source of this repository breaks a rule', () => {
  const files = globSync('{apps,libs}/*/src/**/*.ts', { cwd: repository }).filter(
    (file) => !file.startsWith('apps/checks/src/suite/'),
  );
  expect(files.length).toBeGreaterThan(500);
  expect(files.flatMap((file) => brokenRules(file, readFileSync(join(repository, file), 'utf8')))).toEqual([]);
});
