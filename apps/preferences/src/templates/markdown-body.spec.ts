import { isVisible, parseMarkdown, plainWords, walkTokens, type Tokens } from '@carillon/content';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileTemplate } from './compile-template.ts';
import { template as templateSchema } from '@carillon/domain';

function bodyOf(body: string): (value: string, other?: string) => string {
  const compiled = compileTemplate(templateSchema.parse({ with: { x: 'data.x', y: 'data.y' }, title: 't', body }));
  if ('errors' in compiled) throw new Error(JSON.stringify(compiled.errors));
  return (x, y = 'y') => {
    const result = compiled.render({
      data: { x, y },
      notification: { type: 't', priority: 'normal', source: 's', id: 'i' },
      tenant: { id: 'a', name: 'A' },
    });
    if ('errors' in result) throw new Error(JSON.stringify(result.errors));
    return result.content.body ?? '';
  };
}

const collapsed = (text: string): string => text.replace(/\s+/g, ' ').trim();
const shown = (markdown: string): string => collapsed(plainWords(parseMarkdown(markdown)));

/** What makes a message look different from plain text. */
function structure(markdown: string): string[] {
  const found: string[] = [];
  void walkTokens(parseMarkdown(markdown), (token) => {
    if (!['text', 'escape', 'space', 'br', 'paragraph'].includes(token.type))
      found.push(token.type + (token.type === 'link' ? String((token as Tokens.Link).href.split('/')[2]) : ''));
  });
  return found;
}

const hostile = fc
  .oneof(
    {
      weight: 3,
      arbitrary: fc.string({
        unit: fc.constantFrom(
          ...'*_`~[]()<>!|\\#-+=.:/@&;\n \t1ab"\'{}\r',
          '    ',
          '\n\n',
          '```',
          '<!--',
          '](',
          'https://',
          'www.',
          '&lt;',
          '：',
          '。',
          '**',
        ),
      }),
    },
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '<!channel>',
      '[x](https://evil.example)',
      '<https://evil.example|x>',
      '# a',
      '- a',
      '1. a',
      'a\n---',
      '    code',
      'a\n\n    code',
      '\n```\nx\n```',
      '| a |\n| - |',
      'https://evil.example',
      'me@evil.example',
      '@channel',
      '![x](https://evil.example/y.png)',
      '&#60;b>',
      '[x]: https://evil.example',
      '\\',
      'a\\\nb',
      '<script>',
      '\ue000\ue100',
    ),
  )
  .filter((text) => text.isWellFormed() && !text.includes('\0'));

const cleaned = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '');

/** A text of nothing but format characters is shown as none. */
const visible = (text: string): string => (isVisible(text) ? collapsed(text) : '');

const runs = { numRuns: 200 };

describe('a value in a body', () => {
  it.each([
    ['a paragraph', '{x}', (x: string) => x],
    ['a line', 'a {x} b', (x: string) => `a ${x} b`],
    ['the middle of a word', 'a{x}b', (x: string) => `a${x}b`],
    ['a list', '- a {x}\n- b', (x: string) => `• a ${x} • b`],
    ['a quote', '> a {x} b', (x: string) => `a ${x} b`],
    ['a heading', '# a {x} b', (x: string) => `a ${x} b`],
    ['a link', '[a {x} b](https://a.example/)', (x: string) => `a ${x} b`],
    ['brackets', '[{x}] ({x})', (x: string) => `[${x}] (${x})`],
    ['quotation marks', '"{x}" {x}!', (x: string) => `"${x}" ${x}!`],
  ])('in %s is shown as it is, whatever it is', (_name, body, expected) => {
    const write = bodyOf(body);
    const plain = structure(write('a'));
    fc.assert(
      fc.property(hostile, (value) => {
        const written = write(value);
        expect(shown(written)).toBe(visible(expected(cleaned(value))));
        expect(structure(written)).toEqual(plain);
      }),
      runs,
    );
  });

  it.each([
    ['a cell of a table', '| a | b |\n| - | - |\n| {x} | c |'],
    ['strong text', 'a **{x}** b'],
    ['code', 'a `{x}` b `{y}` {y}'],
    ['a block of code', 'a\n\n```\n{x}\n```\n\nb {y}'],
    ['an address', '[a](https://a.example/r/{x}) {y} https://a.example/q?x={x}&y={y} b'],
    ['an address with a title', '[a](<https://a.example/r/{x}> "b {y}") b'],
    ['an image', '![a {y}](https://a.example/{x}.png)'],
    ['code in a list', '- [ ] a `{x}`\n- [b](https://a.example) `{y}` {x}'],
    ['a nested quote', '> - {x}\n>   {y}\n> ## {x}'],
    ['two values side by side', '{x}{y} {y}{x}'],
  ])('in %s adds no format, link or block, whatever it is', (_name, body) => {
    const write = bodyOf(body);
    const plain = new Set(structure(write('a')));
    const links = structure(write('a')).filter((type) => /link|image/.test(type));
    fc.assert(
      fc.property(hostile, hostile, (x, y) => {
        fc.pre(![x, y].some((value) => /^\.{1,2}$/.test(value)));
        const written = structure(write(x, y));
        expect(written.filter((type) => !plain.has(type))).toEqual([]);
        expect(written.filter((type) => /link|image/.test(type))).toEqual(links);
      }),
      runs,
    );
  });

  it('in code has no backslashes, and the lines of a block stay lines', () => {
    expect(bodyOf('a `{x}`')('v1.2_3')).toBe('a `v1.2_3`');
    expect(bodyOf('```\n{x}\n```')('a*\n  b')).toBe('```\na*\n  b\n```');
  });

  it('in an address is a part of it', () => {
    expect(bodyOf('[a](https://a.example/{x})')('b c/d)')).toBe('[a](https://a.example/b%20c%2Fd%29)');
  });

  it('that is an address is a link', () => {
    const [token] = parseMarkdown(bodyOf('[a]({x})')('https://b.example/(x)?a=1&copy;=2')) as Tokens.Generic[];
    expect(token?.tokens?.[0]).toMatchObject({ type: 'link', href: 'https://b.example/%28x%29?a=1&amp;copy;=2' });
    expect(() => bodyOf('[a]({x})')('javascript:alert(1)')).toThrow('template.with.x');
  });

  it('can refer to a person, as it is written there', () => {
    expect(bodyOf('[{x}](member:{x})')('a_b')).toBe('[a\\_b](member:a\\_b)');
    expect(() => bodyOf('[{x}](member:{x})')('a) [b](https://evil.example')).toThrow('template.with.x');
  });

  it('that a language writes as the number of a list begins no list', () => {
    const compiled = compileTemplate(
      templateSchema.parse({ with: { x: 'data.x' }, title: 't', body: { de: '{x, date, long}' } }),
    );
    if ('errors' in compiled) throw new Error('refused');
    const result = compiled.render({
      data: { x: '2026-01-01' },
      notification: { type: 't', priority: 'normal', source: 's', id: 'i' },
      tenant: { id: 'a', name: 'A' },
    });
    expect(result).toEqual({ content: { title: 't', body: '1\\. Januar 2026' } });
  });
});
