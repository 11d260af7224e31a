// Which specs were slow, as Jest and Nx print it.
import { expect, test } from '@jest/globals';
import { SpecTimes } from './spec-times.ts';

test('the slowest specs come first, in colour or not, failed or not, and no more than asked', () => {
  const times = new SpecTimes();
  for (const line of [
    'PASS @carillon/e2e src/chaos.spec.ts (95.547 s)',
    '\u001b[0m\u001b[7m\u001b[32m PASS \u001b[39m\u001b[27m\u001b[0m \u001b[1m@carillon/sdk\u001b[22m src/\u001b[1mx.spec.ts\u001b[22m (\u001b[1m7 s\u001b[22m)',
    'FAIL @carillon/e2e src/lanes.spec.ts (119.323 s)',
    'PASS @carillon/domain src/quick.spec.ts',
    'console.log says PASS @carillon/domain src/quick.spec.ts (300 s)',
    'Time:        867.086 s',
  ])
    times.read(line);
  expect(times.slowest(10)).toEqual([
    { project: '@carillon/e2e', file: 'src/lanes.spec.ts', seconds: 119.323 },
    { project: '@carillon/e2e', file: 'src/chaos.spec.ts', seconds: 95.547 },
    { project: '@carillon/sdk', file: 'src/x.spec.ts', seconds: 7 },
  ]);
  expect(times.slowest(1)).toHaveLength(1);
});
