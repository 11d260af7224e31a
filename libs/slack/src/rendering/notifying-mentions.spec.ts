// Raw blocks in every shape Slack knows, and in none: who would be notified, and by which field.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hostileContent } from '../testing/hostile.ts';
import { notifyingMentions, notifyingMentionsInText } from './notifying-mentions.ts';
import { renderMessage } from './render-message.ts';

const mrkdwn = (text: string, more: object = {}) => ({ type: 'mrkdwn', text, ...more });
const plain = (text: string) => ({ type: 'plain_text', text });
const section = (text: object) => ({ type: 'section', text });
const rich = (...elements: object[]) => ({ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] });
const channel = { kind: 'broadcast', id: 'channel' };

describe('a mention that notifies is found, with its path', () => {
  test.each<[string, object, object]>([
    ['a section', section(mrkdwn('hi <!channel>')), { path: 'blocks.0.text.text', ...channel }],
    ['a label', section(mrkdwn('<!channel|x>')), { path: 'blocks.0.text.text', ...channel }],
    ['another case', section(mrkdwn('<!Channel>')), { path: 'blocks.0.text.text', ...channel }],
    ['here', section(mrkdwn('<!here>')), { path: 'blocks.0.text.text', kind: 'broadcast', id: 'here' }],
    [
      'everyone',
      section(mrkdwn('<!everyone|everyone>')),
      { path: 'blocks.0.text.text', kind: 'broadcast', id: 'everyone' },
    ],
    ['the old name of a channel', section(mrkdwn('<!group>')), { path: 'blocks.0.text.text', ...channel }],
    [
      'a user group',
      section(mrkdwn('<!subteam^S123|@team>')),
      { path: 'blocks.0.text.text', kind: 'usergroup', id: 'S123' },
    ],
    ['a user', section(mrkdwn('<@U123ABC>')), { path: 'blocks.0.text.text', kind: 'user', id: 'U123ABC' }],
    [
      'a user of an organisation, with a name',
      section(mrkdwn('<@W123ABC|ada>')),
      { path: 'blocks.0.text.text', kind: 'user', id: 'W123ABC' },
    ],
    ['a label with a bracket of its own', section(mrkdwn('<!channel|<>')), { path: 'blocks.0.text.text', ...channel }],
    [
      'a user whose name has a bracket',
      section(mrkdwn('<@U123ABC|a<b>')),
      { path: 'blocks.0.text.text', kind: 'user', id: 'U123ABC' },
    ],
    ['a bare name in italics', section(mrkdwn('_@channel_')), { path: 'blocks.0.text.text', ...channel }],
    [
      'a bare name behind a full stop',
      section(mrkdwn('.@here')),
      { path: 'blocks.0.text.text', kind: 'broadcast', id: 'here' },
    ],
    ['verbatim text', section(mrkdwn('<!channel>', { verbatim: true })), { path: 'blocks.0.text.text', ...channel }],
    [
      'a bare name where Slack links names',
      section(mrkdwn('hi @channel!')),
      { path: 'blocks.0.text.text', ...channel },
    ],
    [
      'a bare name where verbatim is not true',
      section(mrkdwn('@here', { verbatim: 'true' })),
      { path: 'blocks.0.text.text', kind: 'broadcast', id: 'here' },
    ],
    [
      'code, of which nobody knows for sure',
      section(mrkdwn('`<!channel>`')),
      { path: 'blocks.0.text.text', ...channel },
    ],
    [
      'a field',
      { type: 'section', fields: [plain('a'), mrkdwn('<!channel>')] },
      { path: 'blocks.0.fields.1.text', ...channel },
    ],
    [
      'context',
      { type: 'context', elements: [mrkdwn('<!channel>')] },
      { path: 'blocks.0.elements.0.text', ...channel },
    ],
    [
      'a confirmation',
      { type: 'actions', elements: [{ type: 'button', confirm: { text: mrkdwn('<!channel>') } }] },
      { path: 'blocks.0.elements.0.confirm.text.text', ...channel },
    ],
    [
      'an option',
      { type: 'section', accessory: { type: 'radio_buttons', options: [{ text: mrkdwn('<!channel>') }] } },
      { path: 'blocks.0.accessory.options.0.text.text', ...channel },
    ],
    [
      'a description',
      {
        type: 'section',
        accessory: { type: 'checkboxes', options: [{ text: plain('a'), description: mrkdwn('<!channel>') }] },
      },
      { path: 'blocks.0.accessory.options.0.description.text', ...channel },
    ],
    [
      'a placeholder that says it is mrkdwn',
      { type: 'input', element: { type: 'plain_text_input', placeholder: mrkdwn('<!channel>') } },
      { path: 'blocks.0.element.placeholder.text', ...channel },
    ],
    ['Markdown', { type: 'markdown', text: '**hi** <!channel>' }, { path: 'blocks.0.text', ...channel }],
    ['a text object without a type', section({ text: '<!channel>' }), { path: 'blocks.0.text.text', ...channel }],
    [
      'rich text: broadcast',
      rich({ type: 'broadcast', range: 'channel' }),
      { path: 'blocks.0.elements.0.elements.0', ...channel },
    ],
    [
      'rich text: broadcast without a range',
      rich({ type: 'broadcast' }),
      { path: 'blocks.0.elements.0.elements.0', kind: 'broadcast' },
    ],
    [
      'rich text: user group',
      rich({ type: 'usergroup', usergroup_id: 'S1' }),
      { path: 'blocks.0.elements.0.elements.0', kind: 'usergroup', id: 'S1' },
    ],
    [
      'rich text: user',
      rich({ type: 'text', text: 'a' }, { type: 'user', user_id: 'U1' }),
      { path: 'blocks.0.elements.0.elements.1', kind: 'user', id: 'U1' },
    ],
    [
      'rich text in a list in a quotation',
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_list',
            elements: [{ type: 'rich_text_section', elements: [{ type: 'user', user_id: 'U1' }] }],
          },
        ],
      },
      { path: 'blocks.0.elements.0.elements.0.elements.0', kind: 'user', id: 'U1' },
    ],
    [
      'rich text in a cell',
      { type: 'table', rows: [[{ type: 'raw_text', text: 'a' }, rich({ type: 'broadcast', range: 'here' })]] },
      { path: 'blocks.0.rows.0.1.elements.0.elements.0', kind: 'broadcast', id: 'here' },
    ],
    [
      'a block that nobody knows',
      { type: 'new', anything: { deep: ['<!channel>'] } },
      { path: 'blocks.0.anything.deep.0', ...channel },
    ],
    ['a task card', { type: 'task_card', title: '<!channel>' }, { path: 'blocks.0.title', ...channel }],
  ])('%s', (_, block, expected) => {
    expect(notifyingMentions([block])).toEqual([expected]);
  });

  test('all of them, in their order', () => {
    expect(
      notifyingMentions([section(mrkdwn('<@U1> <!here> @channel')), section(mrkdwn('<@U2>'))]).map(({ path, id }) => [
        path,
        id,
      ]),
    ).toEqual([
      ['blocks.0.text.text', 'U1'],
      ['blocks.0.text.text', 'here'],
      ['blocks.0.text.text', 'channel'],
      ['blocks.1.text.text', 'U2'],
    ]);
  });

  test('in a fallback text', () => {
    expect(notifyingMentionsInText('<!channel> hi')).toEqual([{ path: 'text', ...channel }]);
  });
});

describe('what Slack shows literally is no finding:', () => {
  test.each<[string, object]>([
    ['escaped', section(mrkdwn('&lt;!channel&gt; &lt;@U123ABC&gt;'))],
    ['double escaped', section(mrkdwn('&amp;lt;!channel&amp;gt;'))],
    ['plain text', section(plain('<!channel> @channel <@U123ABC>'))],
    [
      'plain text of a button',
      {
        type: 'actions',
        elements: [{ type: 'button', text: plain('<!here>'), value: '<!channel>', action_id: '<@U123>' }],
      },
    ],
    [
      'text of rich text',
      rich(
        { type: 'text', text: '<!channel> @channel' },
        { type: 'link', url: 'https://x.example/<!channel>', text: '<!here>' },
      ),
    ],
    ['a raw cell', { type: 'table', rows: [[{ type: 'raw_text', text: '<!channel>' }]] }],
    ['a bare name in verbatim text', section(mrkdwn('@channel', { verbatim: true }))],
    ['a longer word, an address', section(mrkdwn('@channelling a@here.example me@channel'))],
    [
      'a date, a channel, a link',
      section(mrkdwn('<!date^1392734382^{date}|x> <#C123|general> <https://x.example|x> <!channels>')),
    ],
    ['never closed', section(mrkdwn('<!channel <b'))],
    ['a menu of users', { type: 'actions', elements: [{ type: 'users_select', initial_user: 'U123ABC' }] }],
  ])('%s', (_, block) => {
    expect(notifyingMentions([block])).toEqual([]);
  });
});

test('what we render ourselves notifies only those who are meant', () => {
  fc.assert(
    fc.property(hostileContent, (content) => {
      const { text, blocks } = renderMessage(content);
      for (const mention of [...notifyingMentions(blocks), ...notifyingMentionsInText(text)]) {
        expect(mention).toMatchObject({ kind: 'user', id: expect.stringMatching(/^[UW]0MEANT$/) as unknown });
      }
    }),
    { numRuns: 300 },
  );
});

test('any value has an answer', () => {
  fc.assert(fc.property(fc.anything(), (value) => expect(Array.isArray(notifyingMentions(value))).toBe(true)));
});

test('depth and size do not matter', () => {
  let deep: unknown = mrkdwn('<!channel>');
  for (let level = 0; level < 10_000; level += 1) deep = { a: [deep] };
  expect(notifyingMentions(deep)).toEqual([expect.objectContaining(channel)]);
  expect(notifyingMentions(Array.from({ length: 100_000 }, () => section(mrkdwn('<!channel>'))))).toHaveLength(1_000);
  expect(notifyingMentions([section(mrkdwn('<!here'.repeat(50_000)))])).toEqual([]);
  expect(notifyingMentions([section(mrkdwn('<!here>'.repeat(50_000)))])).toHaveLength(1_000);
});
