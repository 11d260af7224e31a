// Promises about the alerts that need no Prometheus: their metrics exist, and each has a page that says what to do.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repository } from '../repository.ts';
import { declaredSeries, labelsIn, metricsIn, rules } from './alert-rules.ts';

const alerts = rules().filter((rule) => rule.alert !== undefined);
const runbooks = join(repository, 'docs/runbooks');
/** Labels that Prometheus adds to each target. */
const ofTargets = ['job', 'pod', 'le'];

test('the metrics and labels of an expression are found', () => {
  const expression = `sum by (job) (rate(a_count{x="b_c",y!~"d_e"}[5m])) / on (job) max(f_total offset 1h) or x:rule:y5m > 0`;
  expect(metricsIn(expression)).toEqual(['a_count', 'f_total']);
  expect(labelsIn(expression)).toEqual(['x', 'y', 'job']);
});

test.each(rules().map((rule) => [rule.alert ?? rule.record!, rule.expr] as const))(
  '%s uses metrics and labels that are declared',
  (_, expression) => {
    const series = declaredSeries();
    const names = metricsIn(expression);
    expect(names.filter((name) => !series.has(name))).toEqual([]);
    const labels = new Set([...ofTargets, ...names.flatMap((name) => [...(series.get(name) ?? [])])]);
    expect(labelsIn(expression).filter((label) => !labels.has(label))).toEqual([]);
    if (!/carillon:/.test(expression)) expect(names.length).toBeGreaterThan(0);
  },
);

test('a rule that is read is one that is recorded', () => {
  const recorded = new Set(rules().map((rule) => rule.record));
  const read = rules().flatMap((rule) => rule.expr.match(/carillon:[\w:]+/g) ?? []);
  expect(read.length).toBeGreaterThan(0);
  expect(read.filter((name) => !recorded.has(name))).toEqual([]);
});

describe('the page of an alert', () => {
  test.each(alerts.map((rule) => [rule.alert!, rule.annotations?.['runbook'] ?? ''] as const))(
    'of %s says what it means, where to look first, and what to do',
    (alert, page) => {
      expect(existsSync(join(repository, page))).toBe(true);
      const text = readFileSync(join(repository, page), 'utf8');
      const [head, means, looks, todo] = text.split(/^## .*$/m);
      expect(text.match(/^## .*$/gm)).toEqual(['## What it means', '## First three looks', '## What to do']);
      expect(head).toContain(`\`${alert}\``);
      expect(means!.trim().length).toBeGreaterThan(50);
      expect(looks!.match(/^\d\. /gm)).toHaveLength(3);
      expect(todo!.match(/^- /gm)!.length).toBeGreaterThan(0);
    },
  );

  test('names metrics that exist', () => {
    const series = new Set(
      [...declaredSeries().keys()].flatMap((name) => [name, name.replace(/_(bucket|count|sum)$/, '')]),
    );
    const pages = readdirSync(runbooks).map((file) => readFileSync(join(runbooks, file), 'utf8'));
    const named = pages.flatMap((text) =>
      [...text.matchAll(/`((?:carillon|http_server|db_client|messaging|nodejs)_\w+)/g)].map(([, name]) => name!),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !series.has(name))).toEqual([]);
  });

  test('belongs to an alert', () => {
    const used = new Set(alerts.map((rule) => rule.annotations?.['runbook']));
    const pages = readdirSync(runbooks).filter((file) => file !== 'README.md');
    expect(pages.filter((file) => !used.has(`docs/runbooks/${file}`))).toEqual([]);
    const index = readFileSync(join(runbooks, 'README.md'), 'utf8');
    expect(pages.filter((file) => !index.includes(`(${file})`))).toEqual([]);
  });
});
