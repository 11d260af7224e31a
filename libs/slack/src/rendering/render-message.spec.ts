// The parts of a message.
import { describe, expect, test } from '@jest/globals';
import { mrkdwnOf } from '../testing/rendered-texts.ts';
import { mention } from './mrkdwn-links.ts';
import { renderMessage } from './render-message.ts';

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
    expect(mrkdwnOf(renderMessage({ title }))).toEqual([`*${title}*`]);
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
      { mentionablePeople: [{ ref: 'member:x', name: 'B\u202eob' }] },
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
    const paragraphs = Array.from({ length: 35 }, (_, n) => `Paragraph ${n}. ${'words '.repeat(40).trim()}`);
    const said = mrkdwnOf(renderMessage({ body: paragraphs.join('\n\n') }));
    expect(said.length).toBeGreaterThan(3);
    expect(said.join('\n\n')).toBe(paragraphs.join('\n\n'));
  });

  test('splits long code at lines and fences each piece', () => {
    const lines = Array.from({ length: 300 }, (_, n) => `line ${n} of the code`);
    const said = mrkdwnOf(renderMessage({ body: `\`\`\`\n${lines.join('\n')}\n\`\`\`` }));
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
      elements: [
        {
          text: expect.stringMatching(
            /^… about \d\d,\d00 characters left out here … <https:\/\/app.example\/r\/1\|Read on>$/,
          ),
        },
      ],
    });
    expect(blocks.at(-1)).toMatchObject({ type: 'actions' });
    expect(JSON.stringify(blocks).length).toBeLessThan(10_500);
  });

  test('of many rules stays within fifty blocks', () => {
    const { blocks } = renderMessage({
      title: 't',
      body: 'a\n\n---\n\n'.repeat(100),
      link: { url: 'https://app.example/' },
    });
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(blocks.map(({ block_id }) => block_id)).toContain('carillon:more');
  });
});

test('a mention is one of a user, or the name alone', () => {
  expect(mention('U123ABC', 'Ada')).toBe('<@U123ABC>');
  expect(mention('!channel', 'Ada <x>')).toBe('@Ada &lt;x&gt;');
  expect(mention(undefined, 'channel')).toBe('@\u200bchannel');
});
