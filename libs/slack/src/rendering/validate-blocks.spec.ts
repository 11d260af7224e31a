import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { validateBlocks } from './validate-blocks.ts';

const text = (value: string, type = 'mrkdwn') => ({ type, text: value });
const plain = (value: string) => text(value, 'plain_text');
const button = (more: object = {}) => ({ type: 'button', action_id: 'a', text: plain('ok'), ...more });
const long = (length: number) => 'x'.repeat(length);

describe('blocks that a producer wrote', () => {
  test('pass when Slack would take them', () => {
    const blocks = [
      { type: 'header', text: plain('h') },
      {
        type: 'section',
        text: text(long(3000)),
        accessory: button({ confirm: { title: plain('t'), text: text('x'), confirm: plain('y'), deny: plain('n') } }),
      },
      { type: 'section', fields: [text('a'), plain('b')] },
      { type: 'divider' },
      { type: 'image', image_url: 'https://x.example/i.png', alt_text: 'i' },
      {
        type: 'context',
        elements: [text('c'), { type: 'image', image_url: 'https://x.example/i.png', alt_text: 'i' }],
      },
      {
        type: 'actions',
        elements: [
          button(),
          {
            type: 'static_select',
            action_id: 's',
            placeholder: plain('p'),
            options: [{ text: plain('o'), value: 'v' }],
          },
          { type: 'users_select', action_id: 'u' },
        ],
      },
      { type: 'input', label: plain('l'), element: { type: 'plain_text_input', action_id: 'i' } },
      { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [] }] },
      { type: 'markdown', text: '# hi' },
      { type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] },
    ];
    expect(validateBlocks(blocks)).toEqual([]);
  });

  test.each([
    ['no list', {}, 'blocks'],
    ['an empty list', [], 'blocks'],
    ['too many', Array.from({ length: 51 }, () => ({ type: 'divider' })), 'blocks'],
    ['too much text in all', Array.from({ length: 5 }, () => ({ type: 'section', text: text(long(2700)) })), 'blocks'],
    ['no object', ['x'], 'blocks.0'],
    ['no type', [{}], 'blocks.0.type'],
    ['an unknown type', [{ type: 'sektion' }], 'blocks.0.type'],
    ['a name that every object has', [{ type: 'constructor' }], 'blocks.0.type'],
    ['a section without text', [{ type: 'section' }], 'blocks.0.text'],
    ['a section with empty text', [{ type: 'section', text: text('') }], 'blocks.0.text.text'],
    [
      'a section with long text',
      [{ type: 'divider' }, { type: 'section', text: text(long(3001)) }],
      'blocks.1.text.text',
    ],
    ['a text of no kind', [{ type: 'section', text: { type: 'markdown', text: 'x' } }], 'blocks.0.text.type'],
    ['too many fields', [{ type: 'section', fields: Array.from({ length: 11 }, () => text('x')) }], 'blocks.0.fields'],
    ['a long field', [{ type: 'section', fields: [text('x'), text(long(2001))] }], 'blocks.0.fields.1.text'],
    ['a header in mrkdwn', [{ type: 'header', text: text('x') }], 'blocks.0.text.type'],
    ['a long header', [{ type: 'header', text: plain(long(151)) }], 'blocks.0.text.text'],
    ['an image without words', [{ type: 'image', image_url: 'https://x.example' }], 'blocks.0.alt_text'],
    [
      'too many buttons',
      [{ type: 'actions', elements: Array.from({ length: 26 }, (_, n) => button({ action_id: `${n}` })) }],
      'blocks.0.elements',
    ],
    ['one action id twice', [{ type: 'actions', elements: [button(), button()] }], 'blocks.0.elements.1.action_id'],
    [
      'a long button',
      [{ type: 'actions', elements: [button({ text: plain(long(76)) })] }],
      'blocks.0.elements.0.text.text',
    ],
    ['a long value', [{ type: 'actions', elements: [button({ value: long(2001) })] }], 'blocks.0.elements.0.value'],
    ['a long address', [{ type: 'actions', elements: [button({ url: long(3001) })] }], 'blocks.0.elements.0.url'],
    ['a style of no kind', [{ type: 'actions', elements: [button({ style: 'huge' })] }], 'blocks.0.elements.0.style'],
    ['an element of no kind', [{ type: 'actions', elements: [{ type: 'lever' }] }], 'blocks.0.elements.0.type'],
    [
      'a long confirmation',
      [{ type: 'actions', elements: [button({ confirm: { title: plain(long(101)), text: text('x') } })] }],
      'blocks.0.elements.0.confirm.title.text',
    ],
    [
      'a long option',
      [{ type: 'actions', elements: [{ type: 'static_select', options: [{ text: plain(long(76)), value: 'v' }] }] }],
      'blocks.0.elements.0.options.0.text.text',
    ],
    [
      'too much context',
      [{ type: 'context', elements: Array.from({ length: 11 }, () => text('x')) }],
      'blocks.0.elements',
    ],
    ['an input without element', [{ type: 'input', label: plain('l') }], 'blocks.0.element'],
    ['a long block id', [{ type: 'divider', block_id: long(256) }], 'blocks.0.block_id'],
    [
      'one block id twice',
      [
        { type: 'divider', block_id: 'a' },
        { type: 'divider', block_id: 'a' },
      ],
      'blocks.1.block_id',
    ],
  ])('are told about %s, with the path', (_name, blocks, path) => {
    const problems = validateBlocks(blocks);
    expect(problems.map((problem) => problem.path)).toEqual([path]);
    expect(problems[0]?.message).toMatch(/\S/);
  });

  test.each([
    ['a block', { type: 'divider', block_id: 'carillon:body:0' }, 'blocks.0.block_id'],
    [
      'a button',
      { type: 'actions', elements: [button({ action_id: 'carillon:link' })] },
      'blocks.0.elements.0.action_id',
    ],
    [
      'an accessory',
      { type: 'section', text: text('x'), accessory: button({ action_id: 'Carillon:link' }) },
      'blocks.0.accessory.action_id',
    ],
    [
      'a kind that only Slack draws',
      { type: 'card', actions: [{ action_id: ' carillon:x' }] },
      'blocks.0.actions.0.action_id',
    ],
  ])('may not take ids of ours, in %s', (_name, block, path) => {
    expect(validateBlocks([block]).map((problem) => problem.path)).toEqual([path]);
    expect(validateBlocks([block], { ours: true })).toEqual([]);
  });

  test('have an answer, whatever they are', () => {
    fc.assert(fc.property(fc.anything(), (value) => expect(Array.isArray(validateBlocks(value))).toBe(true)));
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            type: fc.constantFrom('section', 'actions', 'context', 'table', 'rich_text', 'input', 'image'),
            text: fc.anything(),
            fields: fc.anything(),
            elements: fc.anything(),
            rows: fc.anything(),
            element: fc.anything(),
            accessory: fc.anything(),
          }),
        ),
        (value) => expect(Array.isArray(validateBlocks(value))).toBe(true),
      ),
    );
  });

  test('that are nested very deeply are refused, not walked', () => {
    let deep: unknown = {};
    for (let level = 0; level < 10_000; level += 1) deep = { elements: [deep] };
    expect(validateBlocks([{ type: 'card', deep }])).toEqual([{ path: 'blocks', message: 'are nested too deeply' }]);
  });

  test('that are very many, or hold very many, are told with a bounded list', () => {
    expect(validateBlocks(Array.from({ length: 10_000 }, () => ({ type: 'lever' }))).length).toBeLessThanOrEqual(100);
    const wide = [
      {
        type: 'actions',
        elements: Array.from({ length: 200_000 }, () => ({ type: 'lever', action_id: 'carillon:x' })),
      },
    ];
    expect(validateBlocks(wide).length).toBeLessThanOrEqual(100);
    expect(
      validateBlocks([
        { type: 'table', rows: Array.from({ length: 1_000 }, () => Array.from({ length: 1_000 }, () => 1)) },
      ]),
    ).not.toEqual([]);
  });
});

test('beside files Slack takes sections, actions and dividers alone', () => {
  const text = { type: 'mrkdwn', text: 'x' };
  const button = { type: 'button', action_id: 'a', text: { type: 'plain_text', text: 'x' } };
  const taken = [{ type: 'section', text }, { type: 'divider' }, { type: 'actions', elements: [button] }];
  const refused = [
    { type: 'markdown', text: 'x' },
    { type: 'context', elements: [text] },
  ];
  expect(validateBlocks([...taken, ...refused])).toEqual([]);
  expect(validateBlocks(taken, { withFiles: true })).toEqual([]);
  expect(validateBlocks([...taken, ...refused], { withFiles: true })).toEqual([
    { path: 'blocks.3.type', message: 'is markdown; beside files Slack takes section, actions and divider alone' },
    { path: 'blocks.4.type', message: 'is context; beside files Slack takes section, actions and divider alone' },
  ]);
});
