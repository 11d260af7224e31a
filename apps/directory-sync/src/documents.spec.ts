// The generated references of this service (UPDATE_DOCS=1 writes them anew).
import { expect, test } from '@jest/globals';
import { adviceTable, configurationTable, generatedSection, metricsTable } from '@carillon/runtime/testing';
import { configSchema } from './config.ts';
import * as metrics from './metrics.ts';
import { refusals } from './self-links/self-link-refusals.ts';

test('docs/configuration.md lists every key of this service', () => {
  const { committed, generated } = generatedSection(
    'configuration.md',
    'directory-sync',
    configurationTable(configSchema),
  );
  expect(committed).toBe(generated);
});

test('docs/errors.md lists every refusal of a member who links their own account', () => {
  const name = 'Linking the own Slack account: the codes in `?error=`';
  const { committed, generated } = generatedSection('errors.md', name, adviceTable(refusals));
  expect(committed).toBe(generated);
});

test('docs/metrics.md lists every metric of this service', () => {
  const table = metricsTable(Object.values(metrics));
  const { committed, generated } = generatedSection('metrics.md', 'directory-sync', table);
  expect(committed).toBe(generated);
});
