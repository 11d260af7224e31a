import { expect, test } from '@jest/globals';
import { checkBlocks } from './check-blocks.ts';

const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) });
const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) });
const button = (more: object = {}) => ({ type: 'button', text: plain(75), ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });

test.each([
  ['section text', { type: 'section', text: mrkdwn(3000) }],
  ['section fields', { type: 'section', fields: Array.from({ length: 10 }, () => mrkdwn(2000)) }],
  ['header', { type: 'header', text: plain(150) }],
  [
    'buttons',
    actions(
      ...Array.from({ length: 25 }, () => button({ value: 'v'.repeat(2000), url: `https://${'u'.repeat(2992)}` })),
    ),
  ],
  ['context', { type: 'context', elements: Array.from({ length: 10 }, () => mrkdwn(10)) }],
  ['image', { type: 'image', image_url: 'https://x.test/i.png', alt_text: 'a'.repeat(2000) }],
  ['block id', { type: 'divider', block_id: 'b'.repeat(255) }],
  [
    'select',
    actions({
      type: 'static_select',
      placeholder: plain(150),
      options: Array.from({ length: 100 }, () => ({ text: plain(75), value: 'v'.repeat(150) })),
    }),
  ],
])('%s at its limit is taken', (_, block) => {
  expect(checkBlocks([block], 50).errors).toEqual([]);
});

test.each([
  [
    'empty text',
    { type: 'section', text: plain(0) },
    'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
  ],
  ['no text at all', { type: 'section' }, 'must define either `text` or `fields` [json-pointer:/blocks/0/type]'],
  [
    'eleven fields',
    { type: 'section', fields: Array.from({ length: 11 }, () => mrkdwn(1)) },
    'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
  ],
  [
    'a long header',
    { type: 'header', text: plain(151) },
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
  ],
  ['mrkdwn in a header', { type: 'header', text: mrkdwn(1) }, 'must be plain_text [json-pointer:/blocks/0/text/type]'],
  [
    'a long button',
    actions({ type: 'button', text: plain(76) }),
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
  ],
  [
    'a long value',
    actions(button({ value: 'v'.repeat(2001) })),
    'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
  ],
  [
    'a wrong style',
    actions(button({ style: 'loud' })),
    'must be one of `primary`, `danger` [json-pointer:/blocks/0/elements/0/style]',
  ],
  [
    '26 elements',
    actions(...Array.from({ length: 26 }, () => button())),
    'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'an image without alt text',
    { type: 'image', image_url: 'https://x.test/i.png' },
    'missing required field: alt_text [json-pointer:/blocks/0]',
  ],
  ['an unknown type', { type: 'hologram' }, 'unsupported type: hologram [json-pointer:/blocks/0/type]'],
  ['no type', {}, 'missing required field: type [json-pointer:/blocks/0]'],
  [
    'the same action id twice',
    actions(button({ action_id: 'a' }), button({ action_id: 'a' })),
    '`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]',
  ],
])('%s is refused with its place', (_, block, error) => {
  expect(checkBlocks([block], 50).errors).toEqual([error]);
});

test('missing block ids are given, the same one twice is refused', () => {
  const blocks: Record<string, unknown>[] = [{ type: 'divider' }, { type: 'divider' }];
  expect(checkBlocks(blocks, 50).errors).toEqual([]);
  expect(new Set(blocks.map((b) => b.block_id)).size).toBe(2);
  expect(
    checkBlocks(
      [
        { type: 'divider', block_id: 'a' },
        { type: 'divider', block_id: 'a' },
      ],
      50,
    ).errors,
  ).toHaveLength(1);
});

test('only what people read counts as characters', () => {
  expect(
    checkBlocks([actions({ type: 'button', text: plain(5), url: 'https://x.test/', value: 'v' })], 50).characters,
  ).toBe(5);
});
