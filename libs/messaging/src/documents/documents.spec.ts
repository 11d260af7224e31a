// docs/topics.md and docs/asyncapi.json are derived; UPDATE_DOCS=1 writes them again. That the words of a key describe
// the key is checked where topics are declared (libs/domain/src/topics.spec.ts).
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { topics } from '@carillon/domain';
import { describe, expect, test } from '@jest/globals';
import { asyncApiDocument } from './async-api.ts';
import { topicsMarkdown } from './topics-markdown.ts';

const documents = [
  { file: 'topics.md', text: () => topicsMarkdown(topics) },
  { file: 'asyncapi.json', text: () => `${JSON.stringify(asyncApiDocument(topics), null, 2)}\n` },
];

describe('derived documents', () => {
  test.each(documents)('docs/$file is what the declared topics say (else run with UPDATE_DOCS=1)', ({ file, text }) => {
    const path = fileURLToPath(new URL(`../../../../docs/${file}`, import.meta.url));
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, text());
    expect(readFileSync(path, 'utf8')).toBe(text());
  });

  test('a key is given in words, never as an id that a key function made', () => {
    const markdown = topicsMarkdown(topics);
    expect(markdown).not.toMatch(/[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/);
    expect(markdown).toMatch(/`carillon\.notification\.retracted\.v1` .*\| `notificationId` \|/);
  });

  test('the AsyncAPI document has a channel and a message for each topic', () => {
    const { channels, components } = asyncApiDocument(topics) as { channels: object; components: { messages: object } };
    for (const part of [channels, components.messages]) expect(Object.keys(part)).toHaveLength(topics.length);
  });

  test('operations are those of products: Carillon receives what they send, and sends what they receive', () => {
    const { operations } = asyncApiDocument(topics) as { operations: Record<string, { action: string }> };
    const actions = Object.fromEntries(Object.entries(operations).map(([id, { action }]) => [id, action]));
    expect(actions).toEqual({
      notificationRequested: 'receive',
      notificationRetracted: 'receive',
      memberChanged: 'receive',
      notificationOutcome: 'send',
    });
  });
});
