// The generated references of this service (UPDATE_DOCS=1 writes them anew).
import { expect, test } from '@jest/globals';
import { adviceTable, configurationTable, generatedSection } from '@carillon/runtime/testing';
import { config } from './config.ts';
import { connectionRefusals } from './connecting/connection-refusals.ts';

test('docs/configuration.md lists every key of this service', () => {
  const { committed, generated } = generatedSection('configuration.md', 'installation', configurationTable(config));
  expect(committed).toBe(generated);
});

test('docs/errors.md lists every refusal of a connection', () => {
  const name = 'Connecting Slack: the codes in `?error=`';
  const { committed, generated } = generatedSection('errors.md', name, adviceTable(connectionRefusals));
  expect(committed).toBe(generated);
});
