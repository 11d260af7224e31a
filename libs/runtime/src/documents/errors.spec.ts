// The sections of docs/errors.md whose declarations every service shares (UPDATE_DOCS=1 writes them anew).
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { deadLetterReasons, reasonAdvice, reasonSentences } from '@carillon/domain';
import { problemKinds } from '../http/problem-kinds.ts';
import type { StateFault } from '../replicas/state-record-fault.ts';
import { generatedSection, sectionsOf } from '../testing/generated-document.ts';
import { adviceTable, markdownTable } from './markdown-table.ts';

// A code of the rule for state records that the list lacks fails the build.
void (deadLetterReasons satisfies Record<StateFault[0], string>);

const sections = {
  'Dead letters: the reasons in `dlq_reason`': adviceTable(deadLetterReasons),
  'Decisions: the reasons of a decision': markdownTable(
    ['Code', 'Meaning', 'What to do'],
    Object.entries(reasonSentences).map(([code, sentence]) => [
      `\`${code}\``,
      sentence,
      reasonAdvice[code as keyof typeof reasonAdvice],
    ]),
  ),
  'HTTP: the problems of every service': markdownTable(
    ['Status', 'Title', 'What to do'],
    Object.entries(problemKinds).map(([status, { title, advice }]) => [status, title, advice]),
  ),
};

describe('docs/errors.md', () => {
  test.each(Object.entries(sections))('%s', (name, body) => {
    const { committed, generated } = generatedSection('errors.md', name, body);
    expect(committed).toBe(generated);
  });

  test('has the sections of the services too', () => {
    expect(sectionsOf('errors.md')).toEqual([
      'Connecting Slack: the codes in `?error=`',
      'Dead letters: the reasons in `dlq_reason`',
      'Decisions: the reasons of a decision',
      'Deliveries: the reasons of an outcome',
      'HTTP: the problems of every service',
      'Linking the own Slack account: the codes in `?error=`',
      'Slack: the errors of a call',
    ]);
  });

  test('lists every code that a handler of a service rejects a record with', () => {
    expect(rejectionCodes().filter((code) => !(code in deadLetterReasons))).toEqual([]);
  });

  test('a code without advice is refused', () => {
    expect(() => adviceTable({ known: 'Do this.', new_code: ' ' })).toThrow('no advice: new_code');
    expect(Object.values(reasonAdvice).every((advice) => advice.endsWith('.'))).toBe(true);
  });
});

/** `batch.reject(record, 'code', …)`, and codes that a rule returns for it: `['code', detail]`, `code: 'a' | 'b'`. */
function rejectionCodes(): string[] {
  const apps = new URL('../../../../apps/', import.meta.url);
  const sources = ['preferences', 'delivery', 'directory-sync', 'installation'].flatMap((app) =>
    readdirSync(new URL(`${app}/src/`, apps), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.startsWith('database/'))
      .map((path) => readFileSync(new URL(`${app}/src/${path}`, apps), 'utf8')),
  );
  const codes = sources.flatMap((source) =>
    [...source.matchAll(/\breject\([^'()]+(?:\[0\]!)?, '([a-z_]+)'|type (?:Refusal|Fault)Code =([^;]+);/g)].flatMap(
      ([, code, union]) => (code === undefined ? [...union!.matchAll(/'([a-z_]+)'/g)].map((one) => one[1]!) : [code]),
    ),
  );
  expect(codes).toEqual(expect.arrayContaining(['unknown_tenant', 'source_not_allowed', 'wrong_notification_id']));
  return [...new Set(codes)];
}
