// How the Markdown of a body looks in Slack, and how it mentions people.
import { describe, expect, test } from '@jest/globals';
import { mrkdwnOf } from '../testing/rendered-texts.ts';
import type { MessageMention } from './message-content.ts';
import { renderMessage } from './render-message.ts';

const textOf = (body: string): string => mrkdwnOf(renderMessage({ body })).join('\n§\n');

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
    ['[x](javascript:alert(1))', 'x (javascript:alert(1))'],
    ['[Open](app://report/1) [b](/r/1) [c](#top) ![d](data:image/png;base64,AA)', 'Open (app://report/1) b (/r/1) c d'],
    ['[app://r/1](app://r/1)', 'app://r/1'],
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
    ['1. a\n   ```\n   b\n   ```\n   > c', '1. a\n    `b`\n    &gt; c'],
    ['> a\n>\n> > b\n> >\n> > > c', '> a\n> &gt; b\n> &gt; &gt; c'],
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
    ['「**重要**」、**次**。', '「\u200b*重要*\u200b」、\u200b*次*\u200b。'],
    ['（**注意**）！**次**', '（\u200b*注意*\u200b）！\u200b*次*'],
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

describe('people', () => {
  const people: MessageMention[] = [
    { ref: 'member:ada', name: 'Ada Lovelace', slackUserId: 'U0ADA' },
    { ref: 'email:bob@acme.test', name: 'Bob' },
    { ref: 'member:a(1)', name: 'Paren', slackUserId: 'U0PAREN' },
  ];
  const said = (body: string): string => mrkdwnOf(renderMessage({ body }, { mentionablePeople: people })).join('\n§\n');

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
    const { text } = renderMessage({ body: 'ask [Ada](member:ada)' }, { mentionablePeople: people });
    expect(text).toBe('ask Ada Lovelace');
  });

  test('who are called in front may be referred to as well; without a Slack user they are named', () => {
    const mentions = [people[0]!, { name: 'here' }, { name: ' ' }];
    const message = renderMessage({ title: 't', body: 'by [Ada](member:ada)', mentions });
    expect(mrkdwnOf(message)).toEqual(['<@U0ADA> @\u200bhere\n\nby <@U0ADA>']);
    expect(message.text).toBe('<@U0ADA> @\u200bhere t\nby Ada Lovelace');
  });
});
