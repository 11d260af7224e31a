// What strangers write, for property tests: Markdown, text and content that try to mention, to link, to break formats
// and to exceed limits. Whom they may mention: U0MEANT and W0MEANT, by the references member:ada and
// email:ada@acme.test.
import fc from 'fast-check';
import type { MessageContent, MessageMention } from '../rendering/content.ts';

const fragment = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '<!channel>',
    '<!here|x>',
    '<!subteam^S123|x>',
    '<!date^1^{date}|x>',
    '<@U123ABC>',
    '<#C123|c>',
    '@here',
    '@channel ',
    '@',
    'channel',
    '@everyone',
    '@channelling',
    'here',
    '[x](!channel)',
    '[x](<@U123ABC>)',
    '[x](<!here>)',
    '[here](x:y)',
    '[@channel](https://a.example)',
    '[x](https://a.example/?a=1&b=<2|3)',
    '[<!channel>](https://a.example)',
    '![i](https://i.example/i.png)',
    '![@here](!here)',
    '&lt;!here&gt;',
    '&#60;!channel&#62;',
    '&#64;channel',
    '<b>',
    '</b>',
    '<br>',
    '<script>',
    '<https://x.example>',
    '[!channel]: https://x.example',
    '<https://x.example/doc|the document>',
    '<https://x.example|<!channel>>',
    '<https://x.example|@here>',
    '<mailto:a@b.example|!channel>',
    '<https://x.example|',
    '\u202e',
  ),
  fc.constantFrom(
    '[Ada](member:ada)',
    '[Ada](email:Ada@ACME.test)',
    '[here](member:nobody)',
    '[<!channel>](member:channel)',
    '[](member:x)',
    '[@here](email:x)',
    '<member:ada>',
    '[x](member:<@U123ABC>)',
    '**b**',
    '*i*',
    '~~s~~',
    '`c`',
    '`@here`',
    '***',
    '__',
    '```',
    '``````',
    '~~~',
    '\n```\n',
    '> ',
    '>> ',
    '- ',
    '  - ',
    '1. ',
    '- [x] ',
    '# ',
    '---',
    '| a | b |\n|---|--:|\n| 1 | 2 |',
    '\n| [a](https://a.example) | `b` |\n|---|---|\n| @here | [x](!here) |\n',
    '\n',
    '\n\n',
    '    ',
    '\\',
    '|',
    '\u200b',
    '\ud800',
    '&#xD800;',
    '👩‍👩‍👧',
    '🇩🇪',
    ':tada:',
    'e\u0301\u0301',
  ),
  fc.nat(9).map((n) => 'word '.repeat(n * 60)),
  fc.nat(5).map((n) => 'a'.repeat(n * 1500)),
  fc.nat(5).map((n) => '👩‍👩‍👧'.repeat(n * 100)),
  fc.nat(5).map((n) => `*${'bold '.repeat(n * 200)}x*`),
  fc.nat(5).map((n) => `\n> ${'quoted <b> & '.repeat(n * 100)}\n`),
);

export const hostileMarkdown = fc.array(fragment, { maxLength: 25 }).map((all) => all.join(''));
export const hostileText = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fragment);
export const optional = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });

export const hostileUrl = fc.oneof(
  fc.webUrl({ withQueryParameters: true }),
  hostileText,
  fc.constantFrom(
    'javascript:alert(1)',
    '!channel',
    'member:ada',
    `https://x.example/${'y'.repeat(3000)}`,
    `https://x.example/?${'&'.repeat(2500)}`,
    `https://x.example/${'z'.repeat(1950)}`,
  ),
);

export const hostilePeople: fc.Arbitrary<MessageMention[]> = fc.array(
  fc.record({
    name: hostileText,
    slackUserId: optional(fc.constantFrom('U0MEANT', 'W0MEANT', '!channel', 'nobody')),
    ref: optional(fc.constantFrom('member:ada', 'email:ada@acme.test', 'member:x')),
  }),
  { maxLength: 5 },
);

export const hostileContent: fc.Arbitrary<MessageContent> = fc.record({
  title: optional(hostileText),
  body: optional(hostileMarkdown),
  link: optional(fc.record({ url: hostileUrl, label: optional(hostileText) })),
  facts: optional(fc.array(fc.record({ label: hostileText, value: hostileMarkdown }), { maxLength: 60 })),
  actions: optional(
    fc.array(
      fc.record({
        id: fc.oneof(hostileText, fc.constant('same')),
        label: hostileText,
        value: optional(hostileText),
        style: optional(fc.constantFrom('primary' as const, 'danger' as const)),
        url: optional(hostileUrl),
      }),
      { maxLength: 60 },
    ),
  ),
  mentions: optional(hostilePeople),
});
