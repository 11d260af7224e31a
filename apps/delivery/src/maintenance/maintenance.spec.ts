import { expect, test } from '@jest/globals';
import { inSteps, Maintenance, pauseMs } from './maintenance.ts';

test('a job in steps yields after each, and begins anew after its end and after a failure', async () => {
  let began = 0;
  let fails = false;
  const step = inSteps(async function* () {
    began++;
    yield;
    if (fails) throw new Error('the database is away');
    await Promise.resolve();
    yield;
  });
  expect([await step(), await step(), await step()]).toEqual([pauseMs, pauseMs, undefined]);
  fails = true;
  expect(await step()).toBe(pauseMs);
  await expect(step()).rejects.toThrow('the database is away');
  fails = false;
  expect(await step()).toBe(pauseMs);
  expect(began).toBe(3);
});

test('a stop waits for the step under way and begins no other, however much a job has to do', async () => {
  let steps = 0;
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const maintenance = new Maintenance([
    {
      name: 'endless',
      everyMs: 1,
      step: async () => {
        steps++;
        begun.resolve();
        await goOn.promise;
        return 0;
      },
    },
  ]);
  maintenance.start();
  await begun.promise;
  const stopped = maintenance.stop();
  goOn.resolve();
  await stopped;
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(steps).toBe(1);
});

test('a slow job and a failing one delay no other', async () => {
  const third = Promise.withResolvers<void>();
  let runs = 0;
  const maintenance = new Maintenance([
    { name: 'slow', everyMs: 1, step: () => new Promise(() => undefined) },
    { name: 'failing', everyMs: 60_000, step: () => Promise.reject(new Error('no')) },
    {
      name: 'brisk',
      everyMs: 1,
      step: () => {
        if (++runs === 3) third.resolve();
        return Promise.resolve(undefined);
      },
    },
  ]);
  maintenance.start();
  await third.promise;
  expect(runs).toBe(3);
  void maintenance.stop();
});
