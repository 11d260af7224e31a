// What a tenant's workflows tell of an event, and that whatever they are, and whatever the data is, one event costs a
// bounded amount of work.
import { expect, test } from '@jest/globals';
import type { Variables } from '../conditions/condition.ts';
import { runWorkflows } from './run-workflows.ts';
import { runnable } from './workflow-rows.ts';
import type { Workflow, WorkflowDefinition } from './workflow.ts';

const workflow = (name: string, over: Partial<WorkflowDefinition> = {}): Workflow =>
  runnable(name, { name, type: 'report.ready', tell: [{ member: 'ada' }], ...over });

const about = (data: Record<string, unknown>): Variables => ({
  data,
  notification: { type: 'report.ready', category: 'reports', priority: 'normal', source: '/acme', id: '1' },
  tenant: { id: 'acme', name: 'Acme' },
});

const namesOf = (length: number): string[] => Array.from({ length }, (_, n) => `member-${n}`);
const many = (length: number, one: (n: number) => Workflow): Workflow[] => Array.from({ length }, (_, n) => one(n));

test('those workflows tell whose conditions hold, with whom they mention; one that fails tells nobody', () => {
  const workflows = [
    workflow('holds', { when: 'data.n > 1', tell: [{ path: 'data.who' }, { member: 'ada' }], mention: 'data.owner' }),
    workflow('does not', { when: 'data.n > 5', tell: [{ member: 'bob' }], mention: 'data.other' }),
    workflow('fails', { when: 'data.absent', tell: [{ email: 'x@else.test' }] }),
  ];
  const variables = about({ n: 2, who: ['ada', 'eve', 'eve'], owner: 'o@acme.test', other: 'mallory' });
  expect(runWorkflows(workflows, variables).told.map(({ audience }) => audience)).toEqual([
    { member: 'ada' },
    { member: 'eve' },
    { member: 'eve' },
    { member: 'ada' },
  ]);
});

test('the same data with other workflows is run anew', () => {
  const variables = about({});
  expect(runWorkflows([workflow('a')], variables).told).toHaveLength(1);
  expect(runWorkflows([], variables)).toEqual({ told: [], reasons: [{ code: 'no_workflow' }] });
});

test('a path leads to 50 names at most, and what is no name is left out', () => {
  const one = [workflow('w', { tell: [{ path: 'data.who' }] })];
  expect(runWorkflows(one, about({ who: namesOf(5_000) })).told).toHaveLength(50);
  const names = ['ada', 'with space', 'a,b', 'line\nbreak', '\ud800', '', 7, null, { member: 'bob' }, 'müller', '名前'];
  expect(runWorkflows(one, about({ who: names })).told.map(({ audience }) => audience)).toEqual([
    { member: 'ada' },
    { member: 'müller' },
    { member: '名前' },
  ]);
});

test('a path that leads to too much says so, and one that leads nowhere names nobody', () => {
  const tell = ['data.who', 'data.absent'].map((path) => ({ path }));
  const who = Array.from({ length: 10_001 }, (_, n) => `m${n}`);
  const { told, reasons } = runWorkflows([workflow('w', { tell })], about({ who }));
  expect(told).toEqual([]);
  expect(reasons).toEqual([
    { code: 'workflow_failed', detail: 'w: data.who: the result has more than 10000 values' },
    { code: 'workflow_names_nobody', detail: 'w: data.absent' },
  ]);
});

test('fields that are named as those of a prototype are data, and nothing else is', () => {
  const data = JSON.parse('{"__proto__":{"admin":"eve"},"constructor":"ada","toString":"bob"}') as object;
  const paths = ['data.constructor', 'data.toString', 'data.admin', 'data.hasOwnProperty', 'data.valueOf'];
  const tell = paths.map((path) => ({ path }));
  const { told, reasons } = runWorkflows([workflow('w', { tell })], about(data as Record<string, unknown>));
  expect(told.map(({ audience }) => audience)).toEqual([{ member: 'ada' }, { member: 'bob' }]);
  expect(reasons.map(({ detail }) => detail)).toEqual(['w: data.admin', 'w: data.hasOwnProperty', 'w: data.valueOf']);
});

test('200 workflows with 20 paths to 50 names tell 1,000 at most, with 100 reasons at most', () => {
  const tell = Array.from({ length: 20 }, () => ({ path: 'data.who' }));
  const workflows = many(200, (n) => workflow(`w${n}`, { when: 'true', tell }));
  const variables = about({ who: namesOf(50) });
  const { told, reasons } = runWorkflows(workflows, variables);
  expect(told).toHaveLength(1_000);
  expect(reasons).toHaveLength(100);
  expect(reasons.at(-1)?.code).toBe('workflow_failed');
});

test('workflows that take too much work together fail, in their order, and those that need none still tell', () => {
  const expensive = 'data.list.all(a, data.short.all(b, a + b >= 0))';
  const workflows = [
    ...many(50, (n) => workflow(`w${n}`, { when: expensive, tell: [{ path: 'data.who' }], mention: 'data.who' })),
    workflow('plain'),
  ];
  const list = Array.from({ length: 500 }, (_, n) => n);
  const variables = about({ list, short: list.slice(0, 20), who: ['eve'] });
  const { told, reasons } = runWorkflows(workflows, variables);
  const names = told.map(({ workflow: { name } }) => name);
  expect(names).toEqual([...names.slice(0, -1).map((_, n) => `w${n}`), 'plain']);
  expect(names.length).toBeGreaterThan(1);
  expect(names.length).toBeLessThan(20);
  expect(reasons).toHaveLength(51 - names.length);
  for (const { code, detail } of reasons)
    expect([code, detail]).toEqual(['workflow_failed', expect.stringMatching(/together take too much work/)]);
});

test('a workflow whose names cannot be read within the work that is left tells nobody, rather than a part', () => {
  const tell = [{ member: 'ada' }, ...Array.from({ length: 19 }, () => ({ path: 'data.who' }))];
  const { told, reasons } = runWorkflows([workflow('w', { tell })], about({ who: namesOf(9_000) }));
  expect(told).toEqual([]);
  expect(reasons).toEqual([
    { code: 'workflow_failed', detail: expect.stringMatching(/^w: .*together take too much work/) },
  ]);
});
