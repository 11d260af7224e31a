// The alerts of k8s/components/monitoring, and what they refer to.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repository } from '../repository.ts';

export interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}
export interface RuleGroups {
  groups: { name: string; rules: Rule[] }[];
}

export const monitoring = join(repository, 'k8s/components/monitoring');

export const ruleGroups = (): RuleGroups =>
  (parse(readFileSync(join(monitoring, 'alerts.yaml'), 'utf8')) as { spec: RuleGroups }).spec;

export const rules = (): Rule[] => ruleGroups().groups.flatMap((group) => group.rules);

/** The names of the metrics that a PromQL expression selects, without the rules that it reads. */
export function metricsIn(expression: string): string[] {
  const names = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, (part) => (part.startsWith('{') ? '{}' : ''))
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '')
    .match(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g);
  return [...new Set(names ?? [])].filter((name) => !words.has(name) && !name.includes(':') && /_/.test(name));
}
const words = new Set(['offset', 'and', 'or', 'unless', 'bool', 'histogram_quantile', 'label_replace']);

/** Names of series that docs/metrics.md declares: with the parts of a histogram, and the labels of each. */
export function declaredSeries(): ReadonlyMap<string, ReadonlySet<string>> {
  const page = readFileSync(join(repository, 'docs/metrics.md'), 'utf8');
  const series = new Map<string, Set<string>>();
  for (const [, name, kind, rest] of page.matchAll(/^\| `(\w+)` +\| (\w+) +\|(.*)$/gm)) {
    const labels = new Set([...rest!.matchAll(/`(\w+)` \(/g)].map(([, label]) => label!));
    const parts = kind === 'histogram' ? ['_bucket', '_count', '_sum'] : [''];
    for (const part of parts) series.set(`${name}${part}`, labels);
  }
  return series;
}

/** The labels that a PromQL expression names, in selectors and in groupings. */
export function labelsIn(expression: string): string[] {
  const bare = expression.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const selected = [...bare.matchAll(/\{([^}]*)\}/g)].flatMap(([, part]) => part!.match(/\w+(?=\s*[=!])/g) ?? []);
  const grouped = [...bare.matchAll(/\b(?:by|without|on)\s*\(([^)]*)\)/g)].flatMap(
    ([, part]) => part!.match(/\w+/g) ?? [],
  );
  return [...new Set([...selected, ...grouped])];
}
