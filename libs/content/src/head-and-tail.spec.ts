import { describe, expect, test } from '@jest/globals';
import { gapMark, headAndTail } from './head-and-tail.ts';
import { parseMarkdown } from './markdown/parse-markdown.ts';

describe('Markdown that is too long', () => {
  const log = Array.from({ length: 1_000 }, (_, n) => `line ${n} of the log`).join('\n');

  test('keeps its head and its tail, in whole lines, and counts what is left out', () => {
    const { markdown, omitted } = headAndTail(log, 3_000);
    const [head = '', tail = ''] = markdown.split(`\n\n${gapMark}\n\n`);
    expect(log.startsWith(`${head}\n`)).toBe(true);
    expect(log.endsWith(`\n${tail}`)).toBe(true);
    expect(tail.endsWith('line 999 of the log')).toBe(true);
    expect(omitted).toBe(log.length - head.length - tail.length);
    expect(head.length + tail.length).toBeLessThanOrEqual(3_000);
    expect(head.length + tail.length).toBeGreaterThan(2_900);
  });

  test.each(['```', '~~~~'])('a code block in %s that spans the cut is code on both sides', (fence) => {
    const { markdown } = headAndTail(`It failed:\n\n${fence}\n${log}\n${fence}\n\nThe end.`, 3_000);
    expect(parseMarkdown(markdown).filter(({ type }) => type !== 'space')).toMatchObject([
      { type: 'paragraph', text: 'It failed:' },
      { type: 'code', text: expect.stringMatching(/^line 0 /) },
      { type: 'paragraph', text: gapMark },
      { type: 'code', text: expect.stringMatching(/line 999 of the log$/) },
      { type: 'paragraph', text: 'The end.' },
    ]);
  });

  test('a code block that ends before the cut stays closed', () => {
    const { markdown } = headAndTail(`\`\`\`\na\n\`\`\`\n\n${log}`, 3_000);
    expect(parseMarkdown(markdown).filter(({ type }) => type === 'code')).toHaveLength(1);
  });

  test('no character is split, and a mark that somebody wrote is no gap', () => {
    for (const pad of ['', 'a', 'ab', 'abc']) {
      const { markdown, omitted } = headAndTail(pad + '👩‍👩‍👧'.repeat(1_000) + gapMark, 301);
      expect(markdown).not.toMatch(/\p{Surrogate}/u);
      expect(markdown.split(gapMark)).toHaveLength(2);
      expect(omitted).toBeGreaterThan(0);
    }
    expect(headAndTail(`a${gapMark}b`, 100)).toEqual({ markdown: 'ab', omitted: 0 });
  });
});
