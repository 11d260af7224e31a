// What holds for every content: Slack's limits, and who is mentioned.
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { isVisible } from '@carillon/content';
import { mrkdwnOf, visibleTextsOf } from '../testing/rendered-texts.ts';
import { hostileContent as content, hostilePeople, optional } from '../testing/hostile.ts';
import { drawBody } from './draw-message-body.ts';
import { messageBodyOf } from './message-body.ts';
import { renderMessage } from './render-message.ts';
import { renderPlainMessage } from './render-plain-message.ts';
import { charactersIn } from './text-objects.ts';
import { validateBlocks } from './validate-blocks.ts';

jest.setTimeout(120_000);

const options = fc
  .record({
    linkAs: optional(fc.constantFrom('button' as const, 'context' as const)),
    bodyLimit: optional(fc.integer({ min: 1, max: 20_000 })),
    mentionablePeople: hostilePeople,
  })
  .map(({ linkAs, bodyLimit, mentionablePeople }) => ({
    ...(linkAs && { linkAs }),
    ...(bodyLimit !== undefined && { bodyLimit }),
    mentionablePeople,
  }));

describe('whatever a product writes', () => {
  test('no limit of Slack’s is exceeded and nothing is empty', () => {
    fc.assert(
      fc.property(content, options, (given, how) => {
        const message = renderMessage(given, how);
        expect(validateBlocks(message.blocks, { ours: true })).toEqual([]);
        expect(isVisible(message.text)).toBe(true);
        expect(Buffer.byteLength(message.text)).toBeLessThanOrEqual(3_800);
        expect(charactersIn(message.blocks)).toBeLessThanOrEqual(9_500);
        const beside = renderMessage(given, { ...how, withFiles: true });
        expect(validateBlocks(beside.blocks, { ours: true, withFiles: true })).toEqual([]);
        const plain = renderPlainMessage(given, how, drawBody(messageBodyOf(given, how)));
        expect(validateBlocks(plain.blocks, { ours: true, withFiles: true })).toEqual([]);
        expect(charactersIn(plain.blocks)).toBeLessThanOrEqual(9_500);
        for (const each of visibleTextsOf(message)) expect(isVisible(each)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('nobody is mentioned but those who are meant, and nothing becomes a link that is none', () => {
    fc.assert(
      fc.property(content, options, (given, how) => {
        for (const message of [
          renderMessage(given, how),
          renderPlainMessage(given, how, drawBody(messageBodyOf(given, how))),
        ]) {
          for (const each of [message.text, ...visibleTextsOf(message)]) {
            expect(each).not.toMatch(/<[!#]/);
            expect(each).not.toMatch(/<@(?![UW]0MEANT>)/);
            // Code and addresses keep their bytes: Slack looks for names in neither.
            expect(each.replace(/```[^]*?```|`[^`\n]*`|<http[^>|]*/g, '')).not.toMatch(
              /@(channel|here|everyone|group)\b/i,
            );
          }
          for (const each of [message.text, ...mrkdwnOf(message)]) {
            expect(each).not.toMatch(/<(?!https?:\/\/|mailto:|tel:|@[UW]0MEANT>)/i);
            expect(each).not.toMatch(/&(?!amp;|lt;|gt;)/);
            expect(each).not.toMatch(/\p{Surrogate}/u);
            // Every fence that opens closes, and what is in it ends it nowhere.
            expect(each.split('```').length % 2).toBe(1);
          }
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
