// The generated references of this service (UPDATE_DOCS=1 writes them anew).
import { expect, test } from '@jest/globals';
import { adviceTable, configurationTable, generatedSection, metricsTable } from '@carillon/runtime/testing';
import { config } from './config.ts';
import { connectionRefusals } from './connecting/connection-refusals.ts';
import * as metrics from './metrics.ts';

test('docs/configuration.md lists every key of this service', () => {
  const { committed, generated } = generatedSection('configuration.md', 'installation', configurationTable(config));
  expect(committed).toBe(generated);
});

test('docs/errors.md lists every refusal of a connection', () => {
  const name = 'Connecting Slack: the codes in `?error=`';
  const { committed, generated } = generatedSection('errors.md', name, adviceTable(connectionRefusals));
  expect(committed).toBe(generated);
});

test('docs/metrics.md lists every metric of this service', () => {
  const table = metricsTable(Object.values(metrics));
  const { committed, generated } = generatedSection('metrics.md', 'installation', table);
  expect(committed).toBe(generated);
});
