import { expect, test } from '@jest/globals';
import { fallbackText } from './fallback-text.ts';

test('the fallback beside raw blocks is the title, escaped, on one line', () => {
  expect(fallbackText('Report <ready> & *done*')).toBe('Report &lt;ready&gt; &amp; *\u200bdone*');
  expect(fallbackText('<!channel> @here <@U123ABC>')).toBe('&lt;!channel&gt; @\u200bhere &lt;@U123ABC&gt;');
  expect(fallbackText('a\nb\u202ec')).toBe('a bc');
  expect(fallbackText('\u200b')).toBe('You have a new notification');
  // An update takes fewer than 4,000 bytes.
  for (const title of ['x', '次', '👩‍👩‍👧', '<'])
    expect(Buffer.byteLength(fallbackText(title.repeat(10_000)))).toBeLessThanOrEqual(3_800);
  expect(Buffer.byteLength(fallbackText('x'.repeat(10_000)))).toBe(3_800);
});
