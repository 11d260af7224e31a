// That many workflows are made ready to run without other work waiting for all of them, and once per version.
import { expect, test } from '@jest/globals';
import type { Read } from '../resolution/context-changes.ts';
import { readWorkflows } from './workflow-rows.ts';

const condition = Array.from({ length: 40 }, (_, n) => `data.f${n} > ${n}`).join(' && ');
const rows = Array.from({ length: 200 }, (_, n) => [
  'acme',
  `id-${n}`,
  '1',
  `w${n}`,
  'report.ready',
  { when: condition, tell: Array.from({ length: 5 }, () => ({ path: condition.slice(0, condition.indexOf(' && ')) })) },
]);
const read: Read = <R>() => Promise.resolve(rows as R[]);

async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let [turns, isOver] = [0, false];
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

test('other work goes on while the workflows of a tenant are compiled, in their order', async () => {
  let first: Awaited<ReturnType<typeof readWorkflows>> | undefined;
  expect(await turnsDuring(async () => (first = await readWorkflows(read, ['acme'])))).toBeGreaterThan(3);
  const workflows = first?.get('acme')?.get('report.ready') ?? [];
  expect(workflows.map(({ name, fault }) => [name, fault])).toEqual(rows.map((_, n) => [`w${n}`, undefined]));
  const again = await readWorkflows(read, ['acme']);
  expect(
    again
      .get('acme')
      ?.get('report.ready')
      ?.every((one, n) => one === workflows[n]),
  ).toBe(true);
});
