// Everything at once, at random. Repeat a run with CHAOS_SEED; `npm run bench -- chaos` is the same, ten times as long.
// The order promised: within a channel, first copies in the order of publication, but for a message that was parked
// after holding its channel for 60 s.
import { afterAll, expect, test } from '@jest/globals';
import { runChaos, seedOf } from './chaos/index.ts';
import { teardown } from './teardown.ts';

afterAll(teardown);

test('2,000 notifications through refusals, lost answers and kills: none lost, none doubled silently, order kept', async () => {
  const seed = seedOf();
  process.stdout.write(`chaos: CHAOS_SEED=${seed}\n`);
  const report = await runChaos({
    seed,
    notifications: 2_000,
    workspaces: 4,
    channels: 100,
    perSecond: 30,
    faults: { rateLimit: 0.02, http500: 0.05, timeout: 0.02 },
    killEveryMs: 12_000,
    servers: false,
    timeoutMs: 240_000,
  });
  process.stdout.write(`chaos: ${JSON.stringify({ ...report, details: undefined })}\n`);
  expect(report.details).toEqual([]);
  expect(report).toMatchObject({ lost: 0, unflagged: 0, disordered: 0, broken: 0 });
  expect(report.duplicates).toBeLessThanOrEqual(report.ambiguous);
  expect(report.ambiguous).toBeGreaterThan(0);
});
