// The generated references of this service (UPDATE_DOCS=1 writes them anew).
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { failureReference } from '@carillon/slack';
import {
  adviceTable,
  configurationTable,
  generatedSection,
  markdownTable,
  metricsTable,
} from '@carillon/runtime/testing';
import { configSchema } from './config.ts';
import { outcomeReasons } from './deliveries/outcome-reasons.ts';
import * as metrics from './metrics.ts';

test('docs/configuration.md lists every key of this service', () => {
  const { committed, generated } = generatedSection('configuration.md', 'delivery', configurationTable(configSchema));
  expect(committed).toBe(generated);
});

test('docs/metrics.md lists every metric of this service', () => {
  const table = metricsTable(Object.values(metrics));
  const { committed, generated } = generatedSection('metrics.md', 'delivery', table);
  expect(committed).toBe(generated);
});

describe('docs/errors.md', () => {
  const slackErrors = failureReference();

  test('lists the reasons of an outcome', () => {
    const name = 'Deliveries: the reasons of an outcome';
    const { committed, generated } = generatedSection('errors.md', name, adviceTable(outcomeReasons));
    expect(committed).toBe(generated);
  });

  test('lists the errors of a call to Slack', () => {
    const body = markdownTable(
      ['Code', 'Class', 'What to do'],
      slackErrors.map(({ code, kind, advice }) => [`\`${code}\``, `\`${kind}\``, advice]),
    );
    const { committed, generated } = generatedSection('errors.md', 'Slack: the errors of a call', body);
    expect(committed).toBe(generated);
    expect(slackErrors.filter(({ advice }) => advice.trim() === '')).toEqual([]);
  });

  test('lists every code that the source of this service gives as a reason', () => {
    const known = new Set([...Object.keys(outcomeReasons), ...slackErrors.map(({ code }) => code)]);
    const unlisted = codesInSource().filter((code) => !known.has(code));
    expect(unlisted).toEqual([]);
  });
});

/** `reason: 'code'`, `error: 'code'`, `why: 'code'`, `refused('code', …)` and `later('code', …)`. */
function codesInSource(): string[] {
  const folder = new URL('./', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /^(channels|files|lanes|ledger)\/.*\.ts$/.test(path) && !path.endsWith('.spec.ts'),
  );
  const codes = files.flatMap((path) =>
    [
      ...readFileSync(new URL(path, folder), 'utf8').matchAll(
        /\b(?:(?:reason|error|why): |(?:refused|later|failed)\([^'()]*?)'([a-z]+(?:_[a-z]+)*)'/g,
      ),
    ].map(([, code]) => code!),
  );
  expect(codes.length).toBeGreaterThan(30);
  return [...new Set(codes)].sort();
}
