import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { isVisible } from '@carillon/content';
import { hostileContent as content, hostilePeople, optional } from '../testing/hostile.ts';
import type { MessageMention, RenderedMessage } from './message-content.ts';
import { mention } from './mrkdwn-links.ts';
import { renderMessage } from './render-message.ts';
import { charactersIn } from './text-objects.ts';
import { validateBlocks } from './validate-blocks.ts';

jest.setTimeout(120_000);

const options = fc
  .record({
    linkAs: optional(fc.constantFrom('button' as const, 'context' as const)),
    bodyLimit: optional(fc.integer({ min: 1, max: 20_000 })),
    people: hostilePeople,
  })
  .map(({ linkAs, bodyLimit, people }) => ({
    ...(linkAs && { linkAs }),
    ...(bodyLimit !== undefined && { bodyLimit }),
    people,
  }));

const mrkdwn = (message: RenderedMessage): string[] => {
  const found: string[] = [];
  JSON.stringify(message.blocks, (_key, value: unknown) => {
    if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'mrkdwn' && 'text' in value)
      found.push(String(value.text));
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
        expect(validateBlocks(message.blocks, { ours: true })).toEqual([]);
        expect(isVisible(message.text)).toBe(true);
        expect(message.text.length).toBeLessThanOrEqual(4000);
        expect(charactersIn(message.blocks)).toBeLessThanOrEqual(13_000);
        for (const each of shown(message)) expect(isVisible(each)).toBe(true);
      }),
      { numRuns: 300 },
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
          expect(each.replace(/```[^]*?```|`[^`\n]*`|<http[^>|]*/g, '')).not.toMatch(
            /@(channel|here|everyone|group)\b/i,
          );
        }
        for (const each of [message.text, ...mrkdwn(message)]) {
          expect(each).not.toMatch(/<(?!https?:\/\/|mailto:|tel:|@[UW]0MEANT>)/i);
          expect(each).not.toMatch(/&(?!amp;|lt;|gt;)/);
          expect(each).not.toMatch(/\p{Surrogate}/u);
          // Every fence that opens closes, and what is in it ends it nowhere.
          expect(each.split('```').length % 2).toBe(1);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('Slack is told not to look for names itself', () => {
    const found: unknown[] = [];
    JSON.stringify(
      renderMessage({ title: 't', body: 'b', facts: [{ label: 'l', value: 'v' }] }).blocks,
      (_key, value: unknown) => {
        if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'mrkdwn')
          found.push(value);
        return value;
      },
    );
    expect(found).toHaveLength(2);
    for (const each of found) expect(each).toMatchObject({ verbatim: true });
  });

  test('the same content gives the same message', () => {
    fc.assert(
      fc.property(content, (given) => expect(renderMessage(given)).toEqual(renderMessage(structuredClone(given)))),
      { numRuns: 50 },
    );
  });

  test.each([
    '>',
    '1. ',
    '[',
    '_a ',
    '**a',
    '<',
    '`',
    '![',
    '- ',
    '*',
    '*a ',
    '~a',
    '[a](member:b)',
    '> `',
    '|a',
    '\n> - ',
    '😀',
    '&#64;',
    '`a ',
    'a*',
  ])('hostile repetition of %p is rendered', (unit) => {
    const message = renderMessage({ title: 't', body: unit.repeat(40_000 / unit.length) });
    expect(validateBlocks(message.blocks, { ours: true })).toEqual([]);
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
    ['a ``````', 'a `\u200b`\u200b`\u200b`\u200b`\u200b`\u200b'],
    ['    ``````', '```\n``\u200b`\u200b`\u200b`\u200b`\n```'],
    ['- a\n\n  - deep\n\n  after', '• a\n    ◦ deep\n    after'],
    ['- - a', '•\n    ◦ a'],
    ['1. a\n   ```\n   b\n   ```\n   > c', '1. a\n    `b`\n    c'],
    ['> ```\n> a\n> ```', '> `a`'],
    ['> a\n>\n> - b\n>   - c', '> a\n> • b\n>     ◦ c'],
    ['| a | b |\n|---|---|\n| [x](https://x.example) | 1 |', '• *a*: <https://x.example|x> · *b*: 1'],
    ['@[here](!x) and @<b></b>channel', '@\u200bhere and @\u200bchannel'],
    [`\\*${'a '.repeat(200)}b\\*`, `*\u200b${'a '.repeat(200)}b*`],
    ['**a\\***', '*a*\u200b*'],
    ['`~/a` and ~/b', '`~/a` and ~/b'],
    [
      '[a `b`](https://x.example) [c\\`](https://x.example/\\`)',
      '<https://x.example|a b> <https://x.example/%60|c`\u200b>',
    ],
    [
      'See <https://example.com/doc|the document> <https://evil.example/|Click> <mailto:a@b.example|mail>',
      'See <https://example.com/doc|the document> <https://evil.example/|Click> <mailto:a@b.example|mail>',
    ],
    ['**<https://x.example/?a=1&b=2|a *b* &lt;c>**', '*<https://x.example/?a=1&amp;b=2|a *\u200bb* &lt;c>*'],
    [
      '`<https://x.example|y>` <https://x.example|> <https://x.example/a|b|c>',
      '`&lt;https://x.example|y&gt;` <https://x.example> <https://x.example/a|b|c>',
    ],
    ['https://x.example/doc|the document', '<https://x.example/doc>|the document'],
    [
      '<https://x.example|<!channel>> <javascript:alert(1)|x> <!channel|x> <@U123ABC|x>',
      '&lt;<https://x.example>|&lt;!channel&gt;&gt; javascript:alert(1)|x &lt;!channel|x&gt; &lt;@U123ABC|x&gt;',
    ],
    [
      '| a | b |\n|---|---|\n| <https://x.example/doc|the document> | 1 |\n\nafter',
      '• *a*: <https://x.example/doc|the document> · *b*: 1\n\nafter',
    ],
    ['<https://x.example/doc|the document', '&lt;<https://x.example/doc>|the document'],
    ['<https://x.example|<https://y.example|z>>', '&lt;<https://x.example>|<https://y.example|z>&gt;'],
    ['<#C1|x> <!here> <!subteam^S1|@team>', '&lt;#C1|x&gt; &lt;!here&gt; &lt;!subteam^S1|@team&gt;'],
    ['<mailto:a@b.example|<!channel>>', '&lt;<mailto:a@b.example>|&lt;!channel&gt;&gt;'],
    ['```\n<mailto:a@b.example|mail>\n```', '```\n&lt;mailto:a@b.example|mail&gt;\n```'],
    ['**日本語。**テキスト', '*日本語。*\u200bテキスト'],
    ['これは**重要**です', 'これは\u200b*重要*\u200bです'],
    ['**注意：**次', '*注意：*\u200b次'],
    ['これは***両方***です', 'これは\u200b_*両方*_\u200bです'],
    ['- a\n  - b\n    - ***c***\n      1. d', '• a\n    ◦ b\n        ▪ _*c*_\n            1. d'],
    ['1. a\n   - b\n2. c', '1. a\n    ◦ b\n2. c'],
    ['a & b < c > d &amp;amp; &nbsp;', 'a &amp; b &lt; c &gt; d &amp;amp;'],
  ])('%j', (body, expected) => {
    expect(textOf(body)).toBe(expected);
  });

  test('a rule is a divider', () => {
    expect(renderMessage({ body: 'a\n\n---\n\nb' }).blocks.map(({ type }) => type)).toEqual([
      'section',
      'divider',
      'section',
    ]);
  });

  test('a wide table is a line for each row', () => {
    const cell = 'x'.repeat(40);
    expect(textOf(`| first | second |\n|---|---|\n| ${cell} | ${cell} |`)).toBe(
      `• *first*: ${cell} · *second*: ${cell}`,
    );
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
      {
        type: 'section',
        block_id: 'carillon:body:0',
        text: { type: 'mrkdwn', text: '<@U0ADA>\n\nIt is *here*.', verbatim: true },
      },
      {
        type: 'section',
        block_id: 'carillon:facts:0',
        fields: [{ type: 'mrkdwn', text: '*Score*\n42', verbatim: true }],
      },
      {
        type: 'actions',
        block_id: 'carillon:actions:0',
        elements: [
          {
            type: 'button',
            action_id: 'carillon:link',
            text: { type: 'plain_text', text: 'Open the report', emoji: true },
            url: 'https://app.example/r/1',
          },
          {
            type: 'button',
            action_id: 'reload',
            text: { type: 'plain_text', text: 'Reload', emoji: true },
            value: 'r-1',
            style: 'primary',
          },
        ],
      },
    ]);
  });

  test('may show the way back as a line of text', () => {
    const { blocks } = renderMessage({ body: 'b', link: { url: 'https://app.example/' } }, { linkAs: 'context' });
    expect(blocks.at(-1)).toEqual({
      type: 'context',
      block_id: 'carillon:link',
      elements: [{ type: 'mrkdwn', text: '<https://app.example/>', verbatim: true }],
    });
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

  test('has buttons of ours that no other button can be taken for', () => {
    const { blocks } = renderMessage({
      link: { url: 'https://app.example/' },
      actions: [
        { id: 'carillon:link', label: 'x' },
        { id: 'mine', label: 'y' },
      ],
    });
    expect((blocks[0]?.['elements'] as { action_id: string }[]).map(({ action_id }) => action_id)).toEqual([
      'carillon:link',
      '~carillon:link',
      'mine',
    ]);
  });

  test('shows titles, labels and names on one line, in the order in which they were written', () => {
    const message = renderMessage(
      {
        title: 'Invoice \u202egpj.exe\u0007',
        facts: [{ label: 'a\u2066b', value: 'v' }],
        actions: [{ id: 'a', label: 'O\u202eK' }],
        mentions: [{ name: 'A\u202eda' }],
        body: '[x](member:x)',
      },
      { people: [{ ref: 'member:x', name: 'B\u202eob' }] },
    );
    expect(JSON.stringify(message)).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(message.text).toBe('@Ada Invoice gpj.exe\nBob\nab: v');
  });

  test('keeps buttons apart that have one id', () => {
    const { blocks } = renderMessage({
      actions: [
        { id: 'a', label: 'x' },
        { id: 'a', label: 'y' },
      ],
    });
    expect((blocks[0]?.['elements'] as { action_id: string }[]).map(({ action_id }) => action_id)).toEqual([
      'a',
      'a~2',
    ]);
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
    const { blocks } = renderMessage({
      title: 't',
      body: 'sentence of words. '.repeat(2000),
      link: { url: 'https://app.example/r/1' },
    });
    expect(blocks.find(({ block_id }) => block_id === 'carillon:more')).toMatchObject({
      elements: [{ text: '… <https://app.example/r/1|Read on>' }],
    });
    expect(blocks.at(-1)).toMatchObject({ type: 'actions' });
    expect(JSON.stringify(blocks).length).toBeLessThan(14_000);
  });

  test('of many rules stays within fifty blocks', () => {
    const { blocks } = renderMessage({
      title: 't',
      body: 'a\n\n---\n\n'.repeat(100),
      link: { url: 'https://app.example/' },
    });
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(blocks.at(-2)).toMatchObject({ block_id: 'carillon:more' });
  });
});

describe('people', () => {
  const people: MessageMention[] = [
    { ref: 'member:ada', name: 'Ada Lovelace', slackUserId: 'U0ADA' },
    { ref: 'email:bob@acme.test', name: 'Bob' },
    { ref: 'member:a(1)', name: 'Paren', slackUserId: 'U0PAREN' },
  ];
  const said = (body: string): string => mrkdwn(renderMessage({ body }, { people })).join('\n§\n');

  test.each([
    ['ask [Ada](member:ada) or [Bob](email:BOB@acme.test)', 'ask <@U0ADA> or Bob'],
    ['**[Ada](member:ada)**: [her](member:ada)s', '*<@U0ADA>*: <@U0ADA>s'],
    ['[x](member:a(1)) [y](<member:a(1)>)', '<@U0PAREN> <@U0PAREN>'],
    ['[Zoe *Z*](member:zoe), [](member:yan)', 'Zoe Z, yan'],
    ['@[here](member:zoe) [<!channel>](member:zoe)', '@\u200bhere &lt;!channel&gt;'],
    ['- [Ada](member:ada)\n\n> [Ada](member:ada)', '• <@U0ADA>\n\n> <@U0ADA>'],
    ['| who |\n|---|\n| [Ada](member:ada) |', '• *who*: <@U0ADA>'],
    ['`[Ada](member:ada)` <member:ada>', '`[Ada](member:ada)` member:ada'],
  ])('that the body refers to: %j', (body, expected) => {
    expect(said(body)).toBe(expected);
    expect(said(body)).not.toMatch(/<(?:member|email):/);
  });

  test('who are only referred to are not called in front, and the fallback tells their names', () => {
    const { text } = renderMessage({ body: 'ask [Ada](member:ada)' }, { people });
    expect(text).toBe('ask Ada Lovelace');
  });

  test('who are called in front may be referred to as well; without a Slack user they are named', () => {
    const mentions = [people[0]!, { name: 'here' }, { name: ' ' }];
    const message = renderMessage({ title: 't', body: 'by [Ada](member:ada)', mentions });
    expect(mrkdwn(message)).toEqual(['<@U0ADA> @\u200bhere\n\nby <@U0ADA>']);
    expect(message.text).toBe('<@U0ADA> @\u200bhere t\nby Ada Lovelace');
  });
});

describe('what is cut', () => {
  const link = { url: 'https://app.example/r/1' };

  test('keeps its format in each piece', () => {
    const said = mrkdwn(renderMessage({ body: `**${'bold words '.repeat(400)}_and_ \`code\`**` }));
    expect(said.length).toBe(2);
    for (const each of said) expect(each).toMatch(/^\*[^*]+\*$/);
    for (const each of mrkdwn(renderMessage({ body: `\`${'code '.repeat(1000)}\`` })))
      expect(each).toMatch(/^`[^`]+`$/);
    for (const each of mrkdwn(renderMessage({ body: `> ${'quoted. '.repeat(1000)}` }))) expect(each).toMatch(/^> q/);
  });

  test('adds nothing to text that only looks formatted', () => {
    const body = `~/first ${'word '.repeat(700)}~/second _a ${'word '.repeat(300)}`;
    expect(mrkdwn(renderMessage({ body })).join(' ').replace(/\s+/g, ' ')).toBe(body.trim());
  });

  test('is never cut inside an emoji, its name, or a longer word than the name of all', () => {
    for (const units of [['👩‍👩‍👧'], ['é', ':white_check_mark:'], ['e\u0301']]) {
      for (const offset of ['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg']) {
        for (const each of mrkdwn(renderMessage({ body: offset + units.join('').repeat(600) }))) {
          expect(each).toMatch(new RegExp(`^(?:${offset})?(?:${units.join('|')})*$`));
        }
        const called = renderMessage({
          title: offset + 'x@channelling'.repeat(100),
          body: offset + 'x@channelling'.repeat(600),
        });
        for (const each of shown(called)) expect(each).not.toMatch(/@channel\b/);
      }
    }
  });

  test('keeps the end of a body in which a < stands far from a >', () => {
    const body = `Latency < 5 ms\n\n${'A sentence of some words. '.repeat(700)}\n\n-> end`;
    expect(charactersIn(renderMessage({ body, link }).blocks)).toBeGreaterThan(11_000);
  });

  test('never begins a link that it cannot end', () => {
    for (let n = 0; n < 30; n += 1) {
      const { blocks } = renderMessage({
        body: `${'x'.repeat(n)}${'https://x.example/abcdefghij '.repeat(1000)}`,
        link,
      });
      expect(
        JSON.stringify(blocks)
          .match(/<https:\/\/x[^>]*>/g)
          ?.every((each) => each === '<https://x.example/abcdefghij>'),
      ).toBe(true);
    }
  });

  test('keeps the way on although its address fits in no line of text', () => {
    const { blocks } = renderMessage(
      { body: 'word '.repeat(5000), link: { url: `https://app.example/${'y'.repeat(2500)}` } },
      { linkAs: 'context' },
    );
    expect(blocks.at(-1)).toMatchObject({ type: 'actions' });
  });

  test('shares the room: long facts give way before the body’s beginning and before short facts', () => {
    const facts = [
      ...Array.from({ length: 30 }, () => ({ label: 'long', value: 'v '.repeat(700) })),
      { label: 'short', value: 'told whole' },
    ];
    const { blocks } = renderMessage({ body: 'word '.repeat(5000), facts, link });
    expect(charactersIn(blocks)).toBeLessThanOrEqual(13_000);
    expect(charactersIn(blocks)).toBeGreaterThan(12_000);
    expect(JSON.stringify(blocks)).toContain('*short*\\ntold whole');
    expect(charactersIn(blocks.filter(({ block_id }) => block_id.startsWith('carillon:body')))).toBeGreaterThan(3500);
  });

  test('a message of rules alone says something', () => {
    expect(mrkdwn(renderMessage({ body: '---\n\n---' }))).toEqual(['You have a new notification']);
  });
});

test('a mention is one of a user, or the name alone', () => {
  expect(mention('U123ABC', 'Ada')).toBe('<@U123ABC>');
  expect(mention('!channel', 'Ada <x>')).toBe('@Ada &lt;x&gt;');
  expect(mention(undefined, 'channel')).toBe('@\u200bchannel');
});
