// What is asked for before a batch is decided, where workflows tell people.
import { expect, test } from '@jest/globals';
import { runWorkflows } from '../workflows/run-workflows.ts';
import { runnable } from '../workflows/workflow-rows.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { contextOf, noon, typeOf } from '../testing/context-fixtures.ts';
import type { LookupKeys } from './context-loader.ts';
import { loadContext } from './load-context.ts';
import type { ResolutionContext } from './resolution-context.ts';

const workflow = (id: string, path: string, when?: string, body?: string, version?: string): Workflow =>
  runnable(id, { name: id, type: 'report.ready', tell: [{ path }], when, body }, version);

const data = { score: 120, owner: { id: 'ada' }, deputy: 'bob@acme.test' };
const request = { tenantId: 'acme', type: 'report.ready', title: 'Sales', data };
const asking = { request, type: typeOf(), variables: { ...noon.variables, data } };

/** Each load knows the next of these lists; the last one stays. */
function loaderOf(...lists: Workflow[][]): {
  asked: string[][];
  load: (keys: LookupKeys) => Promise<ResolutionContext>;
} {
  const asked: string[][] = [];
  return {
    asked,
    load: (keys) => {
      const { members, addresses } = keys.tenants.get('acme')!;
      const workflows = new Map([['report.ready', lists[Math.min(asked.length, lists.length - 1)]!]]);
      asked.push([...members, ...addresses]);
      return Promise.resolve(new Map([['acme', contextOf([], { workflows })]]));
    },
  };
}

test('those are asked for whom a workflow tells or mentions, and not those whose condition does not hold', async () => {
  const loader = loaderOf([
    workflow('high', 'data.owner.id', 'data.score > 100', '[Grace](member:grace) knows more'),
    workflow('low', 'data.deputy', 'data.score < 100'),
  ]);
  await loadContext(loader, [asking]);
  expect(loader.asked).toEqual([[], ['ada', 'grace']]);
});

test('a workflow that changes between two loads has those loaded whom it tells now', async () => {
  const changed = [workflow('a', 'data.deputy')];
  const loader = loaderOf([workflow('a', 'data.owner.id')], changed);
  const context = await loadContext(loader, [asking]);
  expect(context.get('acme')!.workflows!.get('report.ready')).toBe(changed);
  expect(loader.asked).toEqual([[], ['ada'], ['ada', 'bob@acme.test']]);
});

test('a list that was only read and compiled anew costs no further load, and its conditions are not run again', async () => {
  const of = (version: string): Workflow => workflow('a', 'data.owner.id', undefined, undefined, version);
  const loader = loaderOf([of('1')], [of('1')]);
  const context = await loadContext(loader, [asking]);
  expect(loader.asked).toHaveLength(2);
  const ran = runWorkflows(context.get('acme')!.workflows!.get('report.ready')!, asking.variables);
  expect(runWorkflows([of('1')], asking.variables)).toBe(ran);
  expect(runWorkflows([of('2')], asking.variables)).not.toBe(ran);
});

test('workflows that change with every load delay nobody: those of the last but one hold, with whom they tell', async () => {
  const lists = Array.from({ length: 20 }, (_, n) => [workflow('a', `data.names[${n}]`)]);
  const names = lists.map((_, n) => `m${n}`);
  const loader = loaderOf(...lists);
  const context = await loadContext(loader, [{ ...asking, variables: { ...noon.variables, data: { names } } }]);
  expect(loader.asked).toHaveLength(5);
  expect(context.get('acme')!.workflows!.get('report.ready')).toBe(lists[3]);
  expect(loader.asked.at(-1)).toContain('m3');
});

test('a request that names its recipients is loaded once, whatever workflows there are', async () => {
  const loader = loaderOf([workflow('a', 'data.owner.id')]);
  await loadContext(loader, [{ ...asking, request: { ...request, to: [{ member: 'carol' }] } }]);
  expect(loader.asked).toEqual([['carol']]);
});
