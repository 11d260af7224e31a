// The generated references of this service (UPDATE_DOCS=1 writes them anew).
import { expect, test } from '@jest/globals';
import { configurationTable, generatedSection, metricsTable } from '@carillon/runtime/testing';
import { config } from './config.ts';
import * as metrics from './metrics.ts';

test('docs/configuration.md lists every key of this service', () => {
  const { committed, generated } = generatedSection('configuration.md', 'slack-ingress', configurationTable(config));
  expect(committed).toBe(generated);
});

test('docs/metrics.md lists every metric of this service', () => {
  const table = metricsTable(Object.values(metrics));
  const { committed, generated } = generatedSection('metrics.md', 'slack-ingress', table);
  expect(committed).toBe(generated);
});
