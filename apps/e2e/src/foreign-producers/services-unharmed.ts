// The services after all of it.
import { describe, expect, test } from '@jest/globals';
import { admin, pids, stage } from './context.ts';
import { everythingRead, peakMemoryOf, pidsOf, readinessOf } from './services.ts';

describe('the services', () => {
  test('are ready, have read everything, and none was started again', async () => {
    await everythingRead(admin);
    const readiness = await readinessOf(stage.playground);
    expect(readiness).toEqual(Object.fromEntries(Object.keys(readiness).map((name) => [name, 200])));
    expect(Object.keys(readiness).length).toBeGreaterThanOrEqual(6);
    expect(pidsOf(stage.playground)).toEqual(pids);
  });

  test('took no more memory than a service may', () => {
    const peaks = Object.fromEntries(Object.entries(pids).map(([label, pid]) => [label, peakMemoryOf(pid!)]));
    console.log(JSON.stringify({ peakMemoryInMB: peaks }));
    for (const name of ['preferences', 'delivery', 'directory-sync']) expect(peaks[name]).toBeLessThan(700);
  });
});
