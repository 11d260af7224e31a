// Many items as one message: what is told, in which order, and that all is told or counted whatever the items hold.
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { isVisible, parseMarkdown, walkTokens, type Tokens } from '@carillon/content';
import { digestContent, type DigestItem } from '@carillon/content/digest';
import { hostileMarkdown, hostileText, hostileUrl, optional } from '../testing/hostile.ts';
import type { MessageBlock } from './message-content.ts';
import { renderDigest } from './render-digest.ts';
import { renderMessage } from './render-message.ts';
import { charactersIn } from './text-objects.ts';
import { validateBlocks } from './validate-blocks.ts';

jest.setTimeout(120_000);

const textsOf = (blocks: readonly MessageBlock[]): string[] => {
  const found: string[] = [];
  JSON.stringify(blocks, (key, value: unknown) => {
    if (key === 'text' && typeof value === 'string') found.push(value);
    return value;
  });
  return found;
};
const linesOf = (blocks: readonly MessageBlock[]): string[] =>
  textsOf(blocks.slice(1)).flatMap((text) => text.split('\n'));
const report = (n: number, given: Partial<DigestItem> = {}): DigestItem => ({
  type: 'report.ready',
  typeTitle: 'Report ready',
  title: `Report ${n}`,
  link: { url: `https://app.example/r/${n}` },
  ...given,
});

describe('a digest', () => {
  test('tells each kind in order of first appearance, with its count, and each item in a line with its link', () => {
    const items = [
      report(1, { body: 'Sales are **up** by 4.2 percent. Costs are not.' }),
      { type: 'comment', title: 'Ada <commented>', body: '- first line\n- second' },
      report(2, { link: undefined }),
    ];
    const { text, blocks } = renderDigest(items);
    expect(textsOf(blocks)).toEqual([
      '3 notifications',
      '*Report ready* (2)\n• <https://app.example/r/1|Report 1> – Sales are up by 4.2 percent.\n• Report 2',
      '*comment* (1)\n• Ada &lt;commented&gt; – • first line',
    ]);
    expect(text).toBe('3 notifications\nReport ready (2), comment (1)');
    expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'section']);
  });

  test('of one item tells its name at once, of none that there is none, and may have a title of its own', () => {
    expect(renderDigest([report(1)]).text).toBe('1 notification\nReport 1');
    expect(renderDigest([])).toMatchObject({ text: 'No notifications', blocks: [{ type: 'header' }] });
    expect(renderDigest([report(1)], { title: 'Your day' }).text).toBe('Your day\nReport 1');
  });

  test('that is too long counts what it leaves out, by kind, and leads there', () => {
    const items = [
      ...Array.from({ length: 500 }, (_, n) => report(n)),
      ...Array.from({ length: 3 }, (_, n) => report(n, { type: 'rare', typeTitle: 'Rare' })),
    ];
    const lines = linesOf(renderDigest(items, { moreUrl: 'https://app.example/inbox' }).blocks);
    expect(lines).toEqual(expect.arrayContaining(['*Report ready* (500)', '*Rare* (3)']));
    expect(lines.slice(lines.indexOf('*Rare* (3)') + 1)).toHaveLength(3);
    const shown = lines.filter((line) => line.startsWith('• ')).length;
    expect(shown).toBeGreaterThan(200);
    expect(lines).toContain(`<https://app.example/inbox|… and ${503 - shown} more>`);
  });

  test('leads to more once, below, where the address is long', () => {
    const moreUrl = `https://app.example/${'y'.repeat(1500)}`;
    const items = Array.from({ length: 600 }, (_, n) => report(n, { type: `kind ${n % 7}`, typeTitle: undefined }));
    const { blocks } = renderDigest(items, { moreUrl });
    expect(linesOf(blocks).filter((line) => line.includes(moreUrl))).toEqual([`<${moreUrl}|Show all>`]);
    expect(renderDigest(items.slice(0, 3), { moreUrl }).blocks).toHaveLength(4);
  });

  test('as Markdown says the same', () => {
    const items = [report(1, { title: 'A *b* [c](https://d.example) 1.', body: 'x_y_z. More.' }), report(2)];
    expect(digestContent(items, { moreUrl: 'https://app.example/inbox' })).toEqual({
      title: '2 notifications',
      body: '**Report ready** (2)\n\n- [A \\*b\\* \\[c\\]\\(https\\:\\/\\/d\\.example\\) 1\\.](<https://app.example/r/1>) – x\\_y\\_z\\.\n- [Report 2](<https://app.example/r/2>)',
      link: { url: 'https://app.example/inbox', label: 'Show all' },
    });
  });
});

describe('whatever the items hold and however many they are', () => {
  const item: fc.Arbitrary<DigestItem> = fc.record({
    type: fc.oneof(fc.constantFrom('a', 'b', 'c'), hostileText),
    typeTitle: optional(hostileText),
    title: hostileText,
    body: optional(hostileMarkdown),
    link: optional(fc.record({ url: hostileUrl, label: optional(hostileText) })),
  });
  const items = fc
    .tuple(fc.array(item, { maxLength: 12 }), fc.oneof(fc.nat(20), fc.nat(2000)), fc.constantFrom(1, 3, 45, 2000))
    .map(([some, count, kinds]) =>
      some.length === 0
        ? []
        : Array.from({ length: count }, (_, n) => ({
            ...some[n % some.length]!,
            ...(kinds > 1 && { type: `${some[n % some.length]!.type} ${n % kinds}` }),
          })),
    );
  const options = fc.record({ title: optional(hostileText), moreUrl: optional(hostileUrl) });

  test('Slack’s limits hold, nobody is mentioned, each kind is told, and items and counts add up', () => {
    fc.assert(
      fc.property(items, options, (given, how) => {
        const { text, blocks } = renderDigest(given, how);
        expect(validateBlocks(blocks, { ours: true })).toEqual([]);
        expect(charactersIn(blocks)).toBeLessThanOrEqual(9_500);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(3_800);
        for (const each of [text, ...textsOf(blocks)]) {
          expect(isVisible(each)).toBe(true);
          expect(each).not.toMatch(/<[!@#]/);
          expect(each.replace(/<http[^>|]*/g, '')).not.toMatch(/@(channel|here|everyone|group)\b/i);
        }
        const lines = linesOf(blocks);
        for (const each of lines) expect(each).not.toMatch(/<(?!https?:\/\/|mailto:|tel:)/);
        const shown = lines.filter((line) => line.startsWith('• ')).length;
        const left = lines.map((line) => Number(/^(?:<[^|]*\|)?… and (\d+) more>?$/.exec(line)?.[1] ?? 0));
        expect(shown + left.reduce((sum, count) => sum + count, 0)).toBe(given.length);
        const kinds = new Set(given.map(({ type }) => type)).size;
        expect(lines.filter((line) => /^\*.*\* \(\d+\)$/.test(line)).length).toBeGreaterThanOrEqual(
          Math.min(kinds, 30),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('the Markdown is content, holds no links but the items’ own, and items and counts add up', () => {
    fc.assert(
      fc.property(items, options, (given, how) => {
        const content = digestContent(given, how);
        expect(content.body.length).toBeLessThanOrEqual(40_000);
        expect(isVisible(content.title) && content.title.length <= 500).toBe(true);
        expect(validateBlocks(renderMessage(content).blocks, { ours: true })).toEqual([]);
        const lines = content.body.split('\n');
        const shown = lines.filter((line) => line.startsWith('- ') && !line.startsWith('- … and')).length;
        const left = lines.map((line) => Number(/^(?:- )?… and (\d+) more$/.exec(line)?.[1] ?? 0));
        expect(shown + left.reduce((sum, count) => sum + count, 0)).toBe(given.length);
        const allowed = lines.flatMap((line) => /\]\(<([^>]*)>\)/.exec(line)?.[1] ?? []);
        const found: string[] = [];
        void walkTokens(parseMarkdown(content.body), (token) => {
          if (token.type === 'link' || token.type === 'image') found.push((token as Tokens.Link).href);
          if (token.type === 'html' || token.type === 'code' || token.type === 'codespan') found.push(token.type);
        });
        expect(found).toEqual(allowed);
      }),
      { numRuns: 60 },
    );
  });
});
