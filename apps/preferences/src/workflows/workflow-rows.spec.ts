// That many workflows are made ready to run without other work waiting for all of them, and once per version.
import { expect, test } from '@jest/globals';
import { compileWorkflows, type ReadWorkflow, type WorkflowsOfTypes } from './workflow-rows.ts';

const condition = Array.from({ length: 40 }, (_, n) => `data.f${n} > ${n}`).join(' && ');
const rows = Array.from(
  { length: 200 },
  (_, n): ReadWorkflow => [
    'acme',
    `id-${n}`,
    '1',
    `w${n}`,
    'report.ready',
    {
      when: condition,
      tell: Array.from({ length: 5 }, () => ({ path: condition.slice(0, condition.indexOf(' && ')) })),
    },
  ],
);
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
  let first: WorkflowsOfTypes | undefined;
  expect(await turnsDuring(async () => (first = await compileWorkflows(rows, undefined)))).toBeGreaterThan(3);
  const workflows = first?.get('report.ready') ?? [];
  expect(workflows.map(({ name, fault }) => [name, fault])).toEqual(rows.map((_, n) => [`w${n}`, undefined]));
});

test('what was ready in the same version is not compiled again, however many workflows there are', async () => {
  const many = Array.from(
    { length: 5_000 },
    (_, n): ReadWorkflow => ['acme', `id-${n}`, '1', `w${n}`, 'a', { tell: [] }],
  );
  const first = await compileWorkflows(many, undefined);
  const changed: ReadWorkflow = ['acme', 'id-7', '2', 'renamed', 'a', { tell: [] }];
  const again = await compileWorkflows(many.with(7, changed), first);
  const isOther = again.get('a')!.flatMap((one, n) => (one === first.get('a')![n] ? [] : [one.name]));
  expect(isOther).toEqual(['renamed']);
});
