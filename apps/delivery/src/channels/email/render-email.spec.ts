// The same words in text and HTML, and HTML that does nothing but show them.
import { describe, expect, test } from '@jest/globals';
import type { Content } from '@carillon/domain';
import fc from 'fast-check';
import { renderEmail } from './render-email.ts';

const footer = {
  tenantName: 'Acme',
  typeTitle: 'Finished report',
  unsubscribeUrl: 'https://carillon.test/v1/unsubscribe/x.y',
};
const of = (content: Partial<Content>) => renderEmail({ title: 'Report ready', ...content }, footer);

/** Every tag that may come out, with every attribute. A value holds neither a quote nor an angle bracket. */
const tag =
  /^<(?:!doctype html|\/?(?:html|head|body|title|div|table|thead|tbody|tr|td|th|h[1-6]|p|a|ul|ol|li|pre|code|blockquote|strong|em|del)(?: (?:lang|style|role|width|cellpadding|cellspacing|align|scope|start|href)="[^"<>]*")*|br|hr style="[^"<>]*"|meta (?:charset|name)="[^"<>]*"(?: content="[^"<>]*")?)>$/;
const ourStyle = /^[\w\s#%.,:;()-]*$/;

function checkHarmless(html: string): void {
  const outside = html.replace(/<[^>]*>/g, (found) => {
    expect(found).toMatch(tag);
    return '';
  });
  expect(outside).not.toContain('<');
  for (const [, href] of html.matchAll(/ href="([^"]*)"/g)) expect(href).toMatch(/^(https?:\/\/|mailto:|tel:)/i);
  for (const [, style] of html.matchAll(/ style="([^"]*)"/g)) {
    expect(style).toMatch(ourStyle);
    expect(style).not.toContain('url(');
  }
}

const plain = (html: string): string =>
  html.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
/** What a person sees, and where it leads. */
const seenIn = (html: string): string =>
  plain(
    [
      html.replace(/<\/?(?:a|strong|em|del|code)\b[^>]*>/g, '').replace(/<[^>]*>/g, '\n'),
      ...[...html.matchAll(/ href="([^"]*)"/g)].map(([, href]) => href),
    ].join('\n'),
  );
const linksIn = (text: string): string[] =>
  (text.match(/https?:\/\/[^\s<>"]+/g) ?? []).map((link) => link.replace(/[:.,]+$/, ''));

test('Markdown of every kind reads well in both', () => {
  const body = `# Sales\nFirst line\nsecond *line* & <b>bold</b> :tada: &amp; \`a<b\`\n\n- one\n- [x] two\n  1. deep\n\n> quoted\n> twice\n\n| Who | How *much* |\n|---|--:|\n| Ada | 42 |\n\n\`\`\`js\nif (a < b) {\n\n  go();\n}\n\`\`\`\n\n---\n\n[Ada](member:ada) and [Bob](email:bob@acme.test) see [the report](https://app.test/r?a=1&b=2), <https://plain.test/x> and ![a chart](https://img.test/c.png)`;
  const { text, html, subject } = of({
    body,
    facts: [
      { label: 'Score', value: '97 <of> 100' },
      { label: 'Where', value: 'see https://fact.test/1.' },
    ],
    link: { url: 'https://app.test/r/1', label: 'Open the report' },
    actions: [
      { id: 'a', label: 'Delete', style: 'danger', url: 'https://app.test/delete' },
      { id: 'b', label: 'Only in Slack' },
    ],
    files: [
      { name: 'a.pdf', contentType: 'application/pdf', url: 'https://files.test/a.pdf' },
      { name: 'b.csv', contentType: 'text/csv', title: 'The <data>', base64: 'YQ==' },
    ],
  });
  expect(subject).toBe('Report ready');
  expect(text).toBe(`Report ready
============

Sales
=====

First line
second line & bold :tada: & a<b

- one
- ☑ two
  1. deep

> quoted
> twice

Who | How much
--------------
Ada | 42

    if (a < b) {

      go();
    }

--------------------

Ada and Bob see the report <https://app.test/r?a=1&b=2>, https://plain.test/x and a chart <https://img.test/c.png>

Score: 97 <of> 100
Where: see https://fact.test/1.

Open the report: https://app.test/r/1
Delete: https://app.test/delete

- a.pdf <https://files.test/a.pdf>
- The <data> (attached)

-- 
You get this e-mail because Acme tells you about “Finished report”.
Turn off these e-mails: https://carillon.test/v1/unsubscribe/x.y
`);
  checkHarmless(html);
  for (const piece of [
    '<html lang="en">',
    'First line<br>second <em>line</em> &#38; bold :tada: &#38; <code style=',
    '>a&#60;b</code>',
    'text-align:right">42</td>',
    '<li>☑ two',
    '<ol',
    '<blockquote',
    '<a href="https://app.test/r?a=1&#38;b=2">the report</a>',
    '<a href="https://img.test/c.png">a chart</a>',
    '<p style="margin:0 0 16px">Ada and Bob see',
    '97 &#60;of&#62; 100',
    '<a href="https://fact.test/1">https://fact.test/1</a>.',
    '>Open the report</a>',
    '>Delete</a>',
    'The &#60;data&#62; (attached)',
  ])
    expect(html).toContain(piece);
  expect(html).not.toContain('Only in Slack');
  expect(html).not.toContain('<img');
});

describe('what a producer may try', () => {
  test.each(
    [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      '<img src="https://track.test/pixel.gif" width=1 height=1>',
      '[click](javascript:alert(1))',
      '[click](JaVaScRiPt&#58;alert(1))',
      '[click](data:text/html;base64,PHNjcmlwdD4=)',
      '[click](vbscript:x)',
      '[click](https://x.test/"onmouseover="alert(1))',
      '![x](https://track.test/p.gif "t\\"><script>")',
      '<https://x.test/"><script>alert(1)</script>>',
      '`<script>`',
      '```"><script>\nx\n```',
      '<style>*{background:url(https://track.test)}</style>',
      '<a href="javascript:alert(1)">x</a>',
      '<!--[if mso]><script>alert(1)</script><![endif]-->',
      '| a |\n|:-"onx=:|\n| <td onclick=x> |',
      '&lt;script&gt;alert(1)&lt;/script&gt;',
      '&#x3c;script&#x3e;',
      '1e9999. x\n2. y',
      `${'>'.repeat(30_000)} deep`,
      `${'*_'.repeat(3_000)}x`,
    ].map((hostile) => [hostile.slice(0, 60), hostile]),
  )('%j', (_, hostile) => {
    checkHarmless(of({ body: hostile }).html);
    const everywhere = of({
      title: hostile,
      facts: [{ label: hostile, value: hostile }],
      files: [{ name: hostile, contentType: hostile, base64: 'YQ==' }],
    });
    checkHarmless(everywhere.html);
    checkHarmless(renderEmail({ title: 'x' }, { tenantName: hostile, typeTitle: hostile }).html);
    expect(everywhere.subject).not.toMatch(/[\r\n]/);
  });
});

const fragment = fc.oneof(
  fc.constantFrom(
    '<',
    '>',
    '"',
    "'",
    '&',
    '&lt;',
    '&#60;',
    '`',
    '```\n',
    '*',
    '**',
    '_',
    '~~',
    '|',
    '|-|\n',
    '\n',
    '\n\n',
    '> ',
    '- ',
    '1. ',
    '# ',
    '[',
    '](',
    ')',
    '![',
    '<!--',
    '-->',
    '<script>',
    'onload=',
    'javascript:',
    'data:',
    'https://x.test/a?b=1&c=2',
    'https://y.test/(z)',
    '<https://z.test>',
    'www.w.test',
    'a@b.test',
    'member:ada',
    '\\',
    '\t',
    '    ',
    '\u0000',
    '\u202e',
    '😀',
    ':tada:',
  ),
  fc.string({ maxLength: 6 }),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
);
const written = fc.array(fragment, { maxLength: 25 }).map((pieces) => pieces.join(''));
const content: fc.Arbitrary<Content> = fc.record(
  {
    title: written,
    body: written,
    facts: fc.array(fc.record({ label: written, value: written }), { maxLength: 3 }),
    link: fc.record({ url: fc.webUrl({ withQueryParameters: true }), label: written }),
    actions: fc.array(fc.record({ id: fc.string(), label: written, url: fc.webUrl() }), { maxLength: 3 }),
    files: fc.array(fc.record({ name: written, contentType: written, url: fc.webUrl() }), { maxLength: 2 }),
  },
  { requiredKeys: ['title'] },
);

test('for any content: no active markup comes out, and every link of the text is in the HTML', () => {
  fc.assert(
    fc.property(content, (given) => {
      const { html, text } = renderEmail(given, footer);
      checkHarmless(html);
      const seen = seenIn(html);
      for (const link of linksIn(text)) expect(seen).toContain(link);
    }),
    { numRuns: 300 },
  );
});

test('links as Slack writes them are links, and no address holds their label', () => {
  const { html, text } = of({
    body: 'See <https://example.com/doc|the document> <https://evil.example/|Click> <mailto:a@b.example|mail> https://bare.example/x|y',
  });
  expect(text).toContain(
    'See the document <https://example.com/doc> Click <https://evil.example/> mail <mailto:a@b.example> https://bare.example/x|y',
  );
  for (const link of [
    '<a href="https://example.com/doc">the document</a>',
    '<a href="https://evil.example/">Click</a>',
    '<a href="mailto:a@b.example">mail</a>',
    '<a href="https://bare.example/x">',
  ])
    expect(html).toContain(link);
  expect(text + html).not.toContain('%7C');
});

test('a mark beside CJK text, nested lists and bold italic are drawn', () => {
  const { html } = of({ body: '**日本語。**テキスト ***both***\n\n- one\n  - two\n    1. three' });
  expect(html).toContain('<strong>日本語。</strong>テキスト <em><strong>both</strong></em>');
  expect(html.replace(/ style="[^"]*"/g, '')).toContain(
    '<ul><li>one<ul><li>two<ol><li>three</li></ol></li></ul></li></ul>',
  );
});

test('subject, headings, labels and names are one line each, in the order in which they were written', () => {
  const hostile = 'in\u202egpj.exe\u2066\r\nBcc: x\u0007';
  const { subject, text, html, attachments } = renderEmail(
    {
      title: hostile,
      facts: [{ label: hostile, value: 'v' }],
      link: { url: 'https://a.example', label: hostile },
      files: [{ name: hostile, contentType: 'text/plain', base64: 'YQ==' }],
    },
    { tenantName: hostile, typeTitle: hostile },
  );
  expect(subject).toBe('ingpj.exe Bcc: x');
  expect(attachments[0]?.filename).toBe('ingpj.exe Bcc: x');
  expect(text + html).not.toMatch(/\p{Bidi_Control}/u);
});
