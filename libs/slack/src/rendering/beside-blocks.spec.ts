import { expect, test } from '@jest/globals';
import { fallbackText, senderName } from './beside-blocks.ts';

test('the fallback beside raw blocks is the title, escaped, on one line', () => {
  expect(fallbackText('Report <ready> & *done*')).toBe('Report &lt;ready&gt; &amp; *\u200bdone*');
  expect(fallbackText('<!channel> @here <@U123ABC>')).toBe('&lt;!channel&gt; @\u200bhere &lt;@U123ABC&gt;');
  expect(fallbackText('a\nb\u202ec')).toBe('a bc');
  expect(fallbackText('\u200b')).toBe('You have a new notification');
  expect(fallbackText('x'.repeat(10_000)).length).toBeLessThanOrEqual(4_000);
});

test('the sender’s name is plain: no mention, no control and no direction characters', () => {
  expect(senderName('Acme <!channel>')).toBe('Acme <\u200b!channel>');
  expect(senderName('Acme \u202etoB\u202c\u0007 @channel')).toBe('Acme toB @\u200bchannel');
  expect(senderName('Acme @channel_')).toBe('Acme @\u200bchannel_');
  expect(senderName('n'.repeat(200))!.length).toBeLessThanOrEqual(80);
  for (const unseen of ['  ', '\u200b', '\u00ad', '\ufeff']) expect(senderName(unseen)).toBeUndefined();
});
