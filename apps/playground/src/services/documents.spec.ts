// The generated reference of the simulated Slack's configuration (UPDATE_DOCS=1 writes it anew). It stands here, since
// the simulator imports no package of this repository.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { configurationTable, generatedSection } from '@carillon/runtime/testing';
import type { z } from 'zod';

test('docs/configuration.md lists every key of slack-simulator', async () => {
  const program = createRequire(import.meta.url).resolve('@carillon/slack-simulator');
  const { config } = (await import(pathToFileURL(join(dirname(program), 'config.js')).href)) as { config: z.ZodObject };
  const { committed, generated } = generatedSection('configuration.md', 'slack-simulator', configurationTable(config));
  expect(committed).toBe(generated);
});
