// Nothing is cut without a word: what stays of content that does not fit, and what the message says is missing.
import { describe, expect, test } from '@jest/globals';
import { mrkdwnOf, visibleTextsOf } from '../testing/rendered-texts.ts';
import { drawBody } from './draw-message-body.ts';
import { messageBodyOf } from './message-body.ts';
import type { MessageContent } from './message-content.ts';
import { renderMessage } from './render-message.ts';
import { renderPlainMessage } from './render-plain-message.ts';
import { charactersIn } from './text-objects.ts';

const log = (lines: number): string => Array.from({ length: lines }, (_, n) => `line ${n} of <the> log`).join('\n');
const plainly = (content: MessageContent) => renderPlainMessage(content, {}, drawBody(messageBodyOf(content)));

describe('a body that does not fit', () => {
  test.each([
    ['as code', 1_500, (text: string) => `\`\`\`\n${text}\n\`\`\``],
    ['as text', 1_500, (text: string) => text],
    ['as a quotation', 1_500, (text: string) => text.replace(/^/gm, '> ')],
    // As Markdown it fits; with what mrkdwn adds it does not.
    ['as code that grows', 450, (text: string) => `\`\`\`\n${text}\n\`\`\``],
    ['as text that grows', 450, (text: string) => text],
  ])('%s keeps its head and its tail, with what is missing between them', (_how, lines, write) => {
    const body = write(log(lines));
    const { blocks, shortened } = renderMessage({ title: 'Failed', body });
    const said = mrkdwnOf({ text: '', blocks });
    const gap = said.findIndex((text) => /^… about [\d,]+ characters left out here …$/.test(text));
    expect(said[0]).toMatch(/line 0 of &lt;the&gt; log/);
    expect(said.slice(0, gap).join('\n').length).toBeGreaterThan(said.slice(gap + 1).join('\n').length);
    expect(said.at(-1)).toMatch(new RegExp(`line ${lines - 1} of &lt;the&gt; log(\\n\`\`\`)?$`));
    // Each line is in it once or not at all.
    const shown = said.join('\n').match(/line \d+ /g) ?? [];
    expect(new Set(shown).size).toBe(shown.length);
    const missing = body.length - (body.length / lines) * shown.length;
    expect(shortened?.bodyCharacters).toBeGreaterThan(missing * 0.9);
    expect(shortened?.bodyCharacters).toBeLessThan(missing * 1.1);
    expect(charactersIn(blocks)).toBeGreaterThan(8_500);
    for (const each of said) expect(each.split('```').length % 2).toBe(1);
  });

  test('keeps formats that span the cuts', () => {
    const said = mrkdwnOf(renderMessage({ body: `**${'bold words '.repeat(900).trim()}**` }));
    for (const each of said.filter((text) => !text.startsWith('…'))) expect(each).toMatch(/^\*[^*]+\*$/);
  });

  test('in raw HTML, which would swallow the gap, is shown as it was written', () => {
    const { blocks, shortened } = renderMessage({ body: `<!--\n${log(1_500)}` });
    expect(JSON.stringify(blocks)).toMatch(/characters left out here/);
    expect(shortened?.bodyCharacters).toBeGreaterThan(10_000);
  });

  test('and has less room than a fence is rendered', () => {
    for (let bodyLimit = 1; bodyLimit < 40; bodyLimit += 1)
      expect(renderMessage({ body: '```\n\n\n\n```\n\n```\n- \n```' }, { bodyLimit }).blocks).not.toEqual([]);
  });

  test('whose rest is blank misses nothing', () => {
    expect(renderMessage({ body: `short${' \n'.repeat(15_000)}` })).not.toHaveProperty('shortened');
    expect(renderMessage({ body: 'short', facts: [{ label: 'a', value: 'b' }] })).not.toHaveProperty('shortened');
  });
});

test('facts that are cut or left out are counted, and the message says how many', () => {
  const facts = Array.from({ length: 60 }, (_, n) => ({ label: `fact ${n}`, value: 'v '.repeat(700) }));
  const { blocks, shortened } = renderMessage({ title: 't', facts });
  expect(shortened).toEqual({ facts: 10, factValues: 50 });
  expect(JSON.stringify(blocks)).toContain('… 10 more facts left out …');
});

test('addresses that Slack would not take stay as text', () => {
  const long = `https://app.example/${'x'.repeat(3_000)}`;
  const { blocks } = renderMessage({
    title: 't',
    link: { url: 'app://report/1', label: 'Open in the app' },
    actions: [{ id: 'a', label: 'Details', url: long }],
  });
  const said = visibleTextsOf({ text: '', blocks }).join('\n');
  expect(said).toContain('Open in the app: app://report/1');
  expect(said).toContain('Details: https://app.example/xxx');
});

describe('the plainer rendering', () => {
  const content: MessageContent = {
    title: 'Failed & *done*',
    body: `**Why**: see [the log](https://x.example/log)\n\n${log(1_500)}`,
    link: { url: 'https://app.example/r/1', label: 'Report' },
    facts: Array.from({ length: 12 }, (_, n) => ({ label: `fact ${n}`, value: 'value' })),
    actions: [
      { id: 'retry', label: 'Retry', value: 'x' },
      { id: 'docs', label: 'Docs', url: 'https://docs.example/' },
    ],
  };

  test('says the same in fewer words, without formats, links and addresses of buttons', () => {
    const { blocks, text, shortened } = plainly(content);
    const said = visibleTextsOf({ text, blocks }).join('\n');
    expect(said).toMatch(/^Failed &amp; \*\u200bdone\*\nWhy: see the log/);
    expect(said).toMatch(/characters left out here/);
    for (const part of ['line 1499', 'fact 9: value', '2 more facts', 'Report: https://app.example/r/1', 'Retry'])
      expect(said).toContain(part);
    expect(said).toContain('Docs: https://docs.example/');
    expect(JSON.stringify(blocks)).not.toMatch(/"url"|<http|"header"|"context"/);
    expect(charactersIn(blocks)).toBeLessThan(4_500);
    expect(shortened).toMatchObject({ facts: 2, bodyCharacters: expect.any(Number) });
    expect(text).toBe(renderMessage(content).text);
  });

  test('of content without text says something', () => {
    expect(plainly({}).blocks).toMatchObject([{ text: { text: 'You have a new notification' } }]);
  });
});
