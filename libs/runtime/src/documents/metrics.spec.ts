// The metrics that every service has: those of the libraries, and of the process (UPDATE_DOCS=1 writes the section of
// docs/metrics.md anew). Each app writes its own section.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import '@carillon/messaging';
import '@carillon/persistence';
import { collectProcessMetrics, declaredMetrics, metricValues } from '@carillon/telemetry';
import { expect, test } from '@jest/globals';
import '../metrics.ts';
import { generatedSection } from '../testing/generated-document.ts';
import { markdownTable } from './markdown-table.ts';
import { metricsTable } from './metrics-table.ts';

test('docs/metrics.md lists the metrics that every service has', () => {
  const table = metricsTable(declaredMetrics());
  const { committed, generated } = generatedSection('metrics.md', 'Every service', table);
  expect(committed).toBe(generated);
});

test('docs/metrics.md lists the metrics of the process', async () => {
  const declared = new Set(declaredMetrics().map(({ prometheusName }) => prometheusName));
  collectProcessMetrics();
  const own = (await metricValues()).filter(({ name }) => !declared.has(name));
  const rows = own.map(({ name, type, help }) => [`\`${name}\``, String(type), help]);
  const table = markdownTable(['Prometheus', 'Kind', 'What it measures'], rows.sort());
  const { committed, generated } = generatedSection('metrics.md', 'Every service: the process', table);
  expect(committed).toBe(generated);
});

test('every metric is declared in a file metrics.ts, so that docs/metrics.md has it', () => {
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const sources = ['apps', 'libs'].flatMap((part) =>
    globSync(`${part}/*/src/**/*.ts`, { cwd: root }).filter((path) => !/\.spec\.ts$|^libs\/telemetry\//.test(path)),
  );
  expect(sources.length).toBeGreaterThan(500);
  const declaring = sources.filter((path) =>
    /import \{[^}]*\b(counter|gauge|histogram)\b[^}]*\} from '@carillon\/telemetry'/.test(
      readFileSync(root + path, 'utf8'),
    ),
  );
  expect(declaring.filter((path) => !path.endsWith('/src/metrics.ts'))).toEqual([]);
});

test('no metric has a label that names a tenant, a person, a delivery or a trace', () => {
  const page = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');
  const labels = [...page.matchAll(/`(\w+)` \(/g)].map(([, label]) => label!);
  expect(labels.length).toBeGreaterThan(20);
  expect(
    labels.filter((label) => /tenant|member|recipient|email|user|notification|delivery|lane|trace/.test(label)),
  ).toEqual([]);
});
