// docs/topics.md and docs/asyncapi.json are derived; UPDATE_DOCS=1 writes them again.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { notificationRequested, recipientChanged, slackEvent, topics } from '@carillon/domain';
import { describe, expect, test } from '@jest/globals';
import { asyncApiDocument } from './async-api.ts';
import { keyWords } from './key-words.ts';
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

  test('keys are put into words with what they fall back to', () => {
    expect(keyWords(notificationRequested)).toBe('`orderingKey`, else `collapseKey`, else `threadKey`, else `ce_id`');
    expect(keyWords(recipientChanged)).toBe('`tenantId:memberId`');
    expect(keyWords(slackEvent)).toBe('`teamId`, else `enterpriseId`, else none');
  });

  test('the AsyncAPI document has a channel, a message and an operation for each topic', () => {
    const document = asyncApiDocument(topics) as {
      channels: object;
      operations: object;
      components: { messages: object };
    };
    for (const part of [document.channels, document.operations, document.components.messages])
      expect(Object.keys(part)).toHaveLength(topics.length);
  });
});
