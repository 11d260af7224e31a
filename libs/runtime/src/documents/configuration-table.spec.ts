import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { authConfig, databaseConfig, durationMs, httpConfig, kafkaConfig, port } from '../config/fragments.ts';
import { secret } from '../config/secret.ts';
import { sectionsOf } from '../testing/generated-document.ts';
import { configurationTable } from './configuration-table.ts';

const rowsOf = (schema: z.ZodObject): string[][] =>
  configurationTable(schema)
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );

describe('the reference of a configuration', () => {
  test('has a row for each key, with type, default, secret and description', () => {
    const schema = z.object({
      PORT: port(3000),
      LEASE_MS: durationMs('15s').describe('The lease.'),
      KEY: secret().describe('The key.'),
      OLD_KEY: secret().default('hush').describe('The key before.'),
      MODE: z.enum(['a', 'b']).optional().describe('a | b'),
      COUNT: z.coerce.number().int().default(3).describe('How many.'),
      HOME_URL: z.url().describe('The page.'),
    });
    expect(rowsOf(schema)).toEqual([
      ['`COUNT`', 'whole number', '`3`', '', 'How many.'],
      ['`HOME_URL`', 'URL', '**required**', '', 'The page.'],
      ['`KEY`', 'text', '**required**', 'yes', 'The key.'],
      ['`LEASE_MS`', 'duration', '`15s`', '', 'The lease.'],
      ['`MODE`', '`a`, `b`', 'none', '', 'a \\| b'],
      ['`OLD_KEY`', 'text', '***', 'yes', 'The key before.'],
      ['`PORT`', 'port', '`3000`', '', 'Port of the HTTP server; 0 takes a free one.'],
    ]);
  });

  test('refuses keys without a description, by name', () => {
    const schema = z.object({ A: z.string(), B: z.string().describe('b'), C: secret().optional() });
    expect(() => configurationTable(schema)).toThrow("no description: A, C; add .describe('…')");
  });

  test('knows every key of the shared fragments', () => {
    const schema = z.object({ ...httpConfig, ...databaseConfig, ...kafkaConfig, ...authConfig });
    const rows = rowsOf(schema);
    expect(rows).toHaveLength(Object.keys(schema.shape).length);
    expect(rows.filter((row) => row[3] === 'yes').map((row) => row[0])).toEqual([
      '`DATABASE_URL`',
      '`KAFKA_SASL_PASSWORD`',
      '`KAFKA_SSL_KEY`',
      '`MIGRATION_DATABASE_URL`',
    ]);
  });

  test('docs/configuration.md has a section for each app with a configuration, and a spec keeps each section', () => {
    const apps = new URL('../../../../apps/', import.meta.url);
    const configured = readdirSync(apps).filter((app) => existsSync(new URL(`${app}/src/config.ts`, apps)));
    // The first section is of tracing-keys.spec.ts.
    expect(sectionsOf('configuration.md')).toEqual(['Every service: tracing', ...configured]);
    for (const app of configured) {
      // The simulator imports no package of this repository, so the playground keeps its section.
      const folder = app === 'slack-simulator' ? 'playground/src/services' : `${app}/src`;
      expect(readFileSync(new URL(`${folder}/documents.spec.ts`, apps), 'utf8')).toContain(`'${app}'`);
    }
  });
});
