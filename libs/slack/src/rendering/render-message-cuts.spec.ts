// What a message keeps when its content is longer than Slack allows.
import { describe, expect, test } from '@jest/globals';
import { mrkdwnOf, visibleTextsOf } from '../testing/rendered-texts.ts';
import { renderMessage } from './render-message.ts';
import { charactersIn } from './text-objects.ts';

describe('what is cut', () => {
  const link = { url: 'https://app.example/r/1' };

  test('keeps its format in each piece', () => {
    const said = mrkdwnOf(renderMessage({ body: `**${'bold words '.repeat(400)}_and_ \`code\`**` }));
    expect(said.length).toBe(2);
    for (const each of said) expect(each).toMatch(/^\*[^*]+\*$/);
    for (const each of mrkdwnOf(renderMessage({ body: `\`${'code '.repeat(1000)}\`` })))
      expect(each).toMatch(/^`[^`]+`$/);
    for (const each of mrkdwnOf(renderMessage({ body: `> ${'quoted. '.repeat(1000)}` }))) expect(each).toMatch(/^> q/);
  });

  test('adds nothing to text that only looks formatted', () => {
    const body = `~/first ${'word '.repeat(700)}~/second _a ${'word '.repeat(300)}`;
    expect(mrkdwnOf(renderMessage({ body })).join(' ').replace(/\s+/g, ' ')).toBe(body.trim());
  });

  test('is never cut inside an emoji, its name, or a longer word than the name of all', () => {
    for (const units of [['👩‍👩‍👧'], ['é', ':white_check_mark:'], ['e\u0301']]) {
      for (const offset of ['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg']) {
        for (const each of mrkdwnOf(renderMessage({ body: offset + units.join('').repeat(500) }))) {
          if (each.startsWith('… about')) continue;
          expect(each).toMatch(new RegExp(`^(?:${offset})?(?:${units.join('|')})*$`));
        }
        const called = renderMessage({
          title: offset + 'x@channelling'.repeat(100),
          body: offset + 'x@channelling'.repeat(600),
        });
        for (const each of visibleTextsOf(called)) expect(each).not.toMatch(/@channel\b/);
      }
    }
  });

  test('keeps the end of a body in which a < stands far from a >', () => {
    const body = `Latency < 5 ms\n\n${'A sentence of some words. '.repeat(700)}\n\n-> end`;
    expect(charactersIn(renderMessage({ body, link }).blocks)).toBeGreaterThan(9_000);
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
    expect(charactersIn(blocks)).toBeLessThanOrEqual(9_300);
    expect(charactersIn(blocks)).toBeGreaterThan(9_000);
    expect(JSON.stringify(blocks)).toContain('*short*\\ntold whole');
    expect(charactersIn(blocks.filter(({ block_id }) => block_id.startsWith('carillon:body')))).toBeGreaterThan(3500);
  });

  test('a message of rules alone says something', () => {
    expect(mrkdwnOf(renderMessage({ body: '---\n\n---' }))).toEqual(['You have a new notification']);
  });
});
