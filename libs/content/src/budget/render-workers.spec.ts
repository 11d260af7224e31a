// Real threads: what takes too long or too much memory ends, and nobody else notices.
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { RenderWorkers, type RenderWorkersOptions } from './render-workers.ts';

jest.setTimeout(120_000);

const script = new URL('../testing/budget-worker.ts', import.meta.url);
let workers: RenderWorkers | undefined;
const started = (options: Partial<RenderWorkersOptions> = {}): RenderWorkers =>
  (workers = new RenderWorkers({ script, longestWaitMs: 60_000, ...options }));

afterEach(() => workers?.close());

describe('a thread', () => {
  test('draws one job after another', async () => {
    const { run } = bound(started({ threads: 1 }));
    const all = Array.from({ length: 20 }, (_, n) => run('echo', 'acme', n));
    expect(await Promise.all(all)).toEqual(Array.from({ length: 20 }, (_, n) => ({ output: { echo: n } })));
  });

  test.each([
    ['that never ends', 'spin', 'expired'],
    ['that takes all memory', 'grow', 'failed'],
    ['that throws', 'fail', 'failed'],
    ['of an unknown kind', 'toString', 'failed'],
  ])('whose job is one %s is replaced or goes on, and the next job is drawn', async (_, kind, notDrawn) => {
    const { run } = bound(started({ threads: 1, budgetMs: kind === 'grow' ? 60_000 : 250 }));
    const bomb = run(kind, 'acme', 1);
    const next = run('echo', 'acme', 2);
    expect(await bomb).toMatchObject({ notDrawn });
    expect(await next).toEqual({ output: { echo: 2 } });
  });

  // Before Node.js 24.6 nobody can tell how much processor time another thread has had.
  (typeof Worker.prototype.cpuUsage === 'function' ? test : test.skip)(
    'that had to wait for the processor has its budget still',
    async () => {
      const { run } = bound(started({ threads: 1, budgetMs: 150 }));
      expect(await run('wait', 'acme', 1)).toEqual({ output: { waited: 'timed-out' } });
    },
  );

  test('that cannot start makes no job wait', async () => {
    const { run } = bound(started({ script: new URL('./no-such-worker.ts', import.meta.url) }));
    expect(await run('echo', 'acme', 1)).toMatchObject({ notDrawn: 'failed' });
  });
});

test('many expensive jobs of one tenant keep another tenant’s job waiting for one budget, not for all of them', async () => {
  const { run } = bound(started({ threads: 1 }));
  await run('echo', 'acme', 0);
  let ended = 0;
  const bombs = Array.from({ length: 8 }, () => run('spin', 'bomber', 0).then(() => (ended += 1)));
  expect(await run('echo', 'acme', 1)).toEqual({ output: { echo: 1 } });
  expect(ended).toBe(1);
  await workers?.close();
  await Promise.all(bombs);
});

test('a job for which no thread becomes free in time ends as busy', async () => {
  const { run } = bound(started({ threads: 1, budgetMs: 60_000, longestWaitMs: 200 }));
  void run('spin', 'acme', 0);
  expect(await run('echo', 'globex', 1)).toEqual({ notDrawn: 'busy' });
});

test('closing ends jobs under way and jobs in the queue', async () => {
  const { run } = bound(started({ threads: 1, budgetMs: 60_000 }));
  const all = [run('spin', 'acme', 0), run('echo', 'acme', 1)];
  await workers?.close();
  expect(await Promise.all(all)).toEqual([{ notDrawn: 'failed' }, { notDrawn: 'failed' }]);
});

const bound = (of: RenderWorkers): Pick<RenderWorkers, 'run'> => ({ run: (...given) => of.run(...given) });
