// The dashboard is what its source says (UPDATE_DOCS=1 writes it anew), and each query reads metrics that exist.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { declaredSeries, labelsIn, metricsIn, monitoring, rules } from './alert-rules.ts';
import { dashboard } from './dashboard.ts';

interface Panels {
  panels: {
    type: string;
    title?: string;
    targets?: { expr: string; legendFormat: string }[];
    panels?: Panels['panels'];
  }[];
}

const series = declaredSeries();
const file = join(monitoring, 'dashboard.json');
const text = `${JSON.stringify(dashboard(), null, 2)}\n`;
const panels = (JSON.parse(text) as Panels).panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
const queries = panels.flatMap(({ title, targets = [] }) => targets.map((target) => [title ?? '', target] as const));

test('dashboard.json is what dashboard.ts says (else run with UPDATE_DOCS=1)', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, text);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('every panel has a query', () => {
  const shown = panels.filter(({ type }) => type !== 'row');
  expect(shown.length).toBeGreaterThan(20);
  expect(shown.filter(({ targets }) => !targets?.length)).toEqual([]);
});

test.each(queries)('%s reads metrics and labels that exist: $expr', (_, { expr, legendFormat }) => {
  const names = metricsIn(expr);
  const recorded = new Set(rules().map((rule) => rule.record));
  const read = expr.match(/carillon:[\w:]+/g) ?? [];
  expect(names.length + read.length).toBeGreaterThan(0);
  expect(read.filter((name) => !recorded.has(name))).toEqual([]);
  expect(names.filter((name) => !series.has(name))).toEqual([]);
  const labels = new Set(['job', 'pod', 'le', ...names.flatMap((name) => [...(series.get(name) ?? [])])]);
  const inLegend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
  expect([...labelsIn(expr), ...inLegend].filter((label) => !labels.has(label))).toEqual([]);
  // A label that the query does not keep is empty in the legend.
  expect(inLegend.filter((label) => !labelsIn(expr).includes(label))).toEqual([]);
});
