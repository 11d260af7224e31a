// The generated references of this service (UPDATE_DOCS=1 writes them anew).
import { expect, test } from '@jest/globals';
import { configurationTable, generatedSection } from '@carillon/runtime/testing';
import { config } from './config.ts';

test('docs/configuration.md lists every key of this service', () => {
  const { committed, generated } = generatedSection('configuration.md', 'installation', configurationTable(config));
  expect(committed).toBe(generated);
});
