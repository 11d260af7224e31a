// Malformed requests of every kind, made from a seed, with valid ones between them. Repeat a run with MALFORMED_SEED;
// `npm run bench -- malformed` is the same with 100,000.
import { afterAll, expect, test } from '@jest/globals';
import { seedOf } from './chaos/index.ts';
import { runMalformed, startMalformedStage } from './malformed/index.ts';
import { teardown } from './teardown.ts';

afterAll(teardown);

test('4,000 malformed records: each a dead letter byte for byte; the 1,000 valid ones between are decided in order', async () => {
  const seed = seedOf('MALFORMED_SEED');
  process.stdout.write(`malformed: MALFORMED_SEED=${seed}\n`);
  const report = await runMalformed(await startMalformedStage(), { seed, malformed: 4_000, valid: 1_000 });
  process.stdout.write(`malformed: ${JSON.stringify({ ...report, details: undefined })}\n`);
  expect(report.details).toEqual([]);
  expect(report).toMatchObject({ letters: 4_000, decided: 1_000, broken: 0 });
  expect(report.kinds).toBeGreaterThanOrEqual(100);
});
