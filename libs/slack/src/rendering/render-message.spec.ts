import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MessageContent, RenderedMessage } from './content.ts';
import { isVisible } from './characters.ts';
import { mention } from './links.ts';
import { renderMessage } from './render-message.ts';
import { validateBlocks } from './validate-blocks.ts';

const fragment = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '<!channel>', '<!here|x>', '<@U123ABC>', '<#C123|c>', '@here', '@channel ', '[x](!channel)', '[x](<@U123ABC>)', '[x](https://a.example/?a=1&b=<2|3)',
    '![i](https://i.example/i.png)', '&lt;!here&gt;', '&#60;!channel&#62;', '<b>', '</b>', '<br>', '<script>', '<https://x.example>', '[!channel]: https://x.example',
    '**b**', '*i*', '~~s~~', '`c`', '***', '__', '```', '~~~', '> ', '>> ', '- ', '1. ', '- [x] ', '# ', '---', '| a | b |\n|---|--:|\n| 1 | 2 |', '\n', '\n\n', '    ', '\\', '|', '\u200b', '\ud800',
  ),
  fc.nat(9).map((n) => 'word '.repeat(n * 60)),
  fc.nat(5).map((n) => 'a'.repeat(n * 1500)),
);
const markdown = fc.array(fragment, { maxLength: 25 }).map((all) => all.join(''));
const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fragment);
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const url = fc.oneof(fc.webUrl({ withQueryParameters: true }), text, fc.constantFrom('javascript:alert(1)', '!channel', `https://x.example/${'y'.repeat(3000)}`));
const content: fc.Arbitrary<MessageContent> = fc.record({
  title: optional(text),
  body: optional(markdown),
  link: optional(fc.record({ url, label: optional(text) })),
  facts: optional(fc.array(fc.record({ label: text, value: markdown }), { maxLength: 60 })),
  actions: optional(
    fc.array(
      fc.record({ id: fc.oneof(text, fc.constant('same')), label: text, value: optional(text), style: optional(fc.constantFrom('primary' as const, 'danger' as const)), url: optional(url) }),
      { maxLength: 60 },
    ),
  ),
  mentions: optional(fc.array(fc.record({ slackUserId: fc.constantFrom('U0MEANT', 'W0MEANT', '!channel', 'nobody'), name: text }), { maxLength: 5 })),
});
const options = fc.record({ linkAs: optional(fc.constantFrom('button' as const, 'context' as const)), bodyLimit: optional(fc.integer({ min: 1, max: 20_000 })) }).map((all) => {
  const { linkAs, bodyLimit } = all;
  return { ...(linkAs === undefined ? {} : { linkAs }), ...(bodyLimit === undefined ? {} : { bodyLimit }) };
});

const mrkdwn = (message: RenderedMessage): string[] => {
  const found: string[] = [];
  JSON.stringify(message.blocks, (_key, value: unknown) => {
    if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'mrkdwn' && 'text' in value) found.push(String(value.text));
    return value;
  });
  return found;
};
const shown = (message: RenderedMessage): string[] => {
  const found: string[] = [];
  JSON.stringify(message.blocks, (key, value: unknown) => {
    if (key === 'text' && typeof value === 'string') found.push(value);
    return value;
  });
  return found;
};
const textOf = (body: string): string => mrkdwn(renderMessage({ body })).join('\n§\n');

describe('whatever a product writes', () => {
  test('no limit of Slack’s is exceeded and nothing is empty', () => {
    fc.assert(
      fc.property(content, options, (given, how) => {
        const message = renderMessage(given, how);
        expect(validateBlocks(message.blocks)).toEqual([]);
        expect(isVisible(message.text)).toBe(true);
        expect(message.text.length).toBeLessThanOrEqual(4000);
        for (const each of shown(message)) expect(isVisible(each)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test('nobody is mentioned but those who are meant, and nothing becomes a link that is none', () => {
    fc.assert(
      fc.property(content, options, (given, how) => {
        const message = renderMessage(given, how);
        for (const each of [message.text, ...shown(message)]) {
          expect(each).not.toMatch(/<[!#]/);
          expect(each).not.toMatch(/<@(?![UW]0MEANT>)/);
          // Code and addresses keep their bytes: Slack looks for names in neither.
          expect(each.replace(/`[^`]*`|<http[^>]*>/g, '')).not.toMatch(/@(channel|here|everyone|group)\b/i);
        }
        for (const each of [message.text, ...mrkdwn(message)]) {
          expect(each).not.toMatch(/<(?!https?:\/\/|mailto:|tel:|@[UW]0MEANT>)/i);
          expect(each).not.toMatch(/&(?!amp;|lt;|gt;)/);
          expect(each).not.toMatch(/\p{Surrogate}/u);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('Slack is told not to look for names itself', () => {
    const found: unknown[] = [];
    JSON.stringify(renderMessage({ title: 't', body: 'b', facts: [{ label: 'l', value: 'v' }] }).blocks, (_key, value: unknown) => {
      if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'mrkdwn') found.push(value);
      return value;
    });
    expect(found).toHaveLength(2);
    for (const each of found) expect(each).toMatchObject({ verbatim: true });
  });

  test('the same content gives the same message', () => {
    fc.assert(fc.property(content, (given) => expect(renderMessage(given)).toEqual(renderMessage(structuredClone(given)))), { numRuns: 50 });
  });

  test.each(['>', '1. ', '[', '_a ', '**a', '<', '`', '![', '- ', '*'])('hostile repetition of %p is rendered', (unit) => {
    const message = renderMessage({ title: 't', body: unit.repeat(40_000 / unit.length) });
    expect(validateBlocks(message.blocks)).toEqual([]);
  });
});

describe('Markdown becomes what Slack draws', () => {
  test.each([
    ['**bold** and __bold__', '*bold* and *bold*'],
    ['*italic* and _italic_', '_italic_ and _italic_'],
    ['~~gone~~', '~gone~'],
    ['***both***', '_*both*_'],
    ['a**b**c', 'a\u200b*b*\u200bc'],
    ['`a < b`', '`a &lt; b`'],
    ['# A *heading*', '*A _heading_*'],
    ['## A **bold** one', '*A bold one*'],
    ['[label](https://x.example/?a=1&b=2)', '<https://x.example/?a=1&amp;b=2|label>'],
    ['**[label](https://x.example)**', '*<https://x.example|label>*'],
    ['https://x.example/a_b_c.', '<https://x.example/a_b_c>.'],
    ['![a chart](https://x.example/c.png)', '<https://x.example/c.png|a chart>'],
    ['[x](javascript:alert(1))', 'x'],
    ['1 < 2 & 3 > 2', '1 &lt; 2 &amp; 3 &gt; 2'],
    ['&lt;!here&gt; &copy;', '&lt;!here&gt; ©'],
    ['snake_case_name and 2 * 3 * 4', 'snake_case_name and 2 * 3 * 4'],
    ['\\*literal\\*', '*\u200bliteral*'],
    ['\\> literal', '\u200b&gt; literal'],
    [':tada: 🎉', ':tada: 🎉'],
    ['one  \ntwo<br>three', 'one\ntwo\nthree'],
    ['> quoted **text**\n> more', '> quoted *text*\n> more'],
    ['- one\n- two\n  - deep\n', '• one\n• two\n    ◦ deep'],
    ['3. three\n4. four', '3. three\n4. four'],
    ['- [ ] open\n- [x] done', '• ☐ open\n• ☑ done'],
    ['```js\nlet a = "<b>";\n```', '```\nlet a = "&lt;b&gt;";\n```'],
    ['````\n```\n````', '```\n``\u200b`\n```'],
    ['| a | b |\n|---|--:|\n| 1 | 42 |\n| long | 7 |', '```\na    |  b\n-----+---\n1    | 42\nlong |  7\n```'],
    ['<div>plain <b>tags</b></div>', 'plain tags'],
    ['<script>x</script>', '&lt;script&gt;x&lt;/script&gt;'],
    ['one\n\ntwo', 'one\n\ntwo'],
  ])('%j', (body, expected) => {
    expect(textOf(body)).toBe(expected);
  });

  test('a rule is a divider', () => {
    expect(renderMessage({ body: 'a\n\n---\n\nb' }).blocks.map(({ type }) => type)).toEqual(['section', 'divider', 'section']);
  });

  test('a wide table is a line for each row', () => {
    const cell = 'x'.repeat(40);
    expect(textOf(`| first | second |\n|---|---|\n| ${cell} | ${cell} |`)).toBe(`• *first*: ${cell} · *second*: ${cell}`);
  });
});

describe('a message', () => {
  test('has a header, the body, the facts, the buttons and the way back, with ids that stay', () => {
    const message = renderMessage({
      title: 'Report ready',
      body: 'It is **here**.',
      facts: [{ label: 'Score', value: '42' }],
      actions: [{ id: 'reload', label: 'Reload', value: 'r-1', style: 'primary' }],
      link: { url: 'https://app.example/r/1', label: 'Open the report' },
      mentions: [{ slackUserId: 'U0ADA', name: 'Ada' }],
    });
    expect(message.text).toBe('<@U0ADA> Report ready\nIt is here.\nScore: 42');
    expect(message.blocks).toEqual([
      { type: 'header', block_id: 'carillon:title', text: { type: 'plain_text', text: 'Report ready', emoji: true } },
      { type: 'section', block_id: 'carillon:body:0', text: { type: 'mrkdwn', text: '<@U0ADA>\n\nIt is *here*.', verbatim: true } },
      { type: 'section', block_id: 'carillon:facts:0', fields: [{ type: 'mrkdwn', text: '*Score*\n42', verbatim: true }] },
      {
        type: 'actions',
        block_id: 'carillon:actions:0',
        elements: [
          { type: 'button', action_id: 'carillon:link', text: { type: 'plain_text', text: 'Open the report', emoji: true }, url: 'https://app.example/r/1' },
          { type: 'button', action_id: 'reload', text: { type: 'plain_text', text: 'Reload', emoji: true }, value: 'r-1', style: 'primary' },
        ],
      },
    ]);
  });

  test('may show the way back as a line of text', () => {
    const { blocks } = renderMessage({ body: 'b', link: { url: 'https://app.example/' } }, { linkAs: 'context' });
    expect(blocks.at(-1)).toEqual({ type: 'context', block_id: 'carillon:link', elements: [{ type: 'mrkdwn', text: '<https://app.example/>', verbatim: true }] });
  });

  test('that says nothing still says something', () => {
    expect(renderMessage({}).text).toBe('You have a new notification');
    expect(renderMessage({}).blocks).toHaveLength(1);
    expect(renderMessage({ title: ' \u200b ' }, { emptyText: 'Hello' }).text).toBe('Hello');
  });

  test('tells a title that no header holds whole', () => {
    const title = 'long '.repeat(60).trim();
    expect(mrkdwn(renderMessage({ title }))).toEqual([`*${title}*`]);
  });

  test('spreads the facts over sections of ten', () => {
    const facts = Array.from({ length: 23 }, (_, n) => ({ label: `l${n}`, value: `v${n}` }));
    expect(renderMessage({ facts }).blocks.map(({ fields }) => (fields as unknown[]).length)).toEqual([10, 10, 3]);
  });

  test('keeps buttons apart that have one id', () => {
    const { blocks } = renderMessage({ actions: [{ id: 'a', label: 'x' }, { id: 'a', label: 'y' }] });
    expect((blocks[0]?.['elements'] as { action_id: string }[]).map(({ action_id }) => action_id)).toEqual(['a', 'a~2']);
  });

  test('loses nothing of a long body within the limit: it goes on in the next section', () => {
    const paragraphs = Array.from({ length: 40 }, (_, n) => `Paragraph ${n}. ${'words '.repeat(40).trim()}`);
    const said = mrkdwn(renderMessage({ body: paragraphs.join('\n\n') }));
    expect(said.length).toBeGreaterThan(3);
    expect(said.join('\n\n')).toBe(paragraphs.join('\n\n'));
  });

  test('splits long code at lines and fences each piece', () => {
    const lines = Array.from({ length: 300 }, (_, n) => `line ${n} of the code`);
    const said = mrkdwn(renderMessage({ body: `\`\`\`\n${lines.join('\n')}\n\`\`\`` }));
    for (const each of said) expect(each).toMatch(/^```\n[^`]+\n```$/);
    expect(said.map((each) => each.slice(4, -4)).join('\n')).toBe(lines.join('\n'));
  });

  test('that is cut says so and keeps the way to the whole', () => {
    const { blocks } = renderMessage({ title: 't', body: 'sentence of words. '.repeat(2000), link: { url: 'https://app.example/r/1' } });
    expect(blocks.find(({ block_id }) => block_id === 'carillon:more')).toMatchObject({ elements: [{ text: '… <https://app.example/r/1|Read on>' }] });
    expect(blocks.at(-1)).toMatchObject({ type: 'actions' });
    expect(JSON.stringify(blocks).length).toBeLessThan(14_000);
  });

  test('of many rules stays within fifty blocks', () => {
    const { blocks } = renderMessage({ title: 't', body: 'a\n\n---\n\n'.repeat(100), link: { url: 'https://app.example/' } });
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(blocks.at(-2)).toMatchObject({ block_id: 'carillon:more' });
  });
});

test('a mention is one of a user, or the name alone', () => {
  expect(mention('U123ABC', 'Ada')).toBe('<@U123ABC>');
  expect(mention('!channel', 'Ada <x>')).toBe('@Ada &lt;x&gt;');
});
