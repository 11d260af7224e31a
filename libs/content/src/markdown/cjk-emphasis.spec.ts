// Emphasis beside CJK text, the same reading as the parser's own elsewhere, and what it may cost.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Marked, Parser } from 'marked';
import { isCheapToParse } from '../budget/parsing-cost.ts';
import { parseMarkdown } from './parse-markdown.ts';

const html = (markdown: string): string => Parser.parse(parseMarkdown(markdown)).trim();

describe('a mark beside Chinese, Japanese or Korean text', () => {
  test.each([
    ['**日本語。**テキスト', '<strong>日本語。</strong>テキスト'],
    ['これは**重要**です', 'これは<strong>重要</strong>です'],
    ['**注意：**次', '<strong>注意：</strong>次'],
    ['**重要:**値', '<strong>重要:</strong>値'],
    ['文字**「引用」**文字', '文字<strong>「引用」</strong>文字'],
    ['**重要（注）**である', '<strong>重要（注）</strong>である'],
    ['他说**“你好”**吗', '他说<strong>“你好”</strong>吗'],
    ['**한국어(Korean)**는', '<strong>한국어(Korean)</strong>는'],
    ['我可以强调**这个`code`**吗', '我可以强调<strong>这个<code>code</code></strong>吗'],
    ['**[链接。](https://a.example)**吗', '<strong><a href="https://a.example">链接。</a></strong>吗'],
    ['*斜体。*テキスト', '<em>斜体。</em>テキスト'],
    ['これは***両方。***です', 'これは<em><strong>両方。</strong></em>です'],
    ['~~取消。~~テキスト', '<del>取消。</del>テキスト'],
    ['𠮷**「x」**𠮷', '𠮷<strong>「x」</strong>𠮷'],
  ])('%s', (markdown, expected) => {
    expect(html(markdown)).toBe(`<p>${expected}</p>`);
  });

  test.each(['__日本語。__テキスト', '** 日本語 **', '日本＊語＊', 'a**!**b', '日本 * 語 * 、'])(
    '%s stays text',
    (markdown) => {
      expect(html(markdown)).toBe(`<p>${markdown}</p>`);
    },
  );
});

test('text without such characters is read as the parser itself reads it', () => {
  const plain = new Marked({ gfm: true });
  const unit = fc.constantFrom(
    ...['*', '**', '***', '_', '__', '~', '~~', 'a', 'b ', ' ', '.', '(', '"', 'é', '$', '`x`', '\\', '\n', '[l](u)'],
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 12 }), (units) => {
      const markdown = units.join('');
      expect(parseMarkdown(markdown)).toEqual(plain.lexer(markdown));
    }),
    { numRuns: 3_000 },
  );
});

test('a body that counts as cheap takes few milliseconds of processor time, whatever stands beside its marks', () => {
  const marks = ['*', '**', '_', '~', '~~', '[', '<', '|'];
  const others = ['a', ' ', '.', '。', '日', '（', '\n'];
  const slow: [string, number][] = [];
  for (const mark of marks)
    for (const first of others)
      for (const second of [...others, ...marks]) {
        const body = cheapRepetitionOf(mark + first + second);
        const fastest = Math.min(...Array.from({ length: 3 }, () => cpuMsOf(() => parseMarkdown(body))));
        if (fastest > 30) slow.push([mark + first + second, fastest]);
      }
  expect(slow).toEqual([]);
});

function cheapRepetitionOf(unit: string): string {
  let times = Math.floor(4_000 / unit.length);
  while (!isCheapToParse(unit.repeat(times))) times = Math.floor(times * 0.95);
  return unit.repeat(times);
}

function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
