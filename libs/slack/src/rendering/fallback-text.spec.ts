import { expect, test } from '@jest/globals';
import { fallbackText } from './fallback-text.ts';

test('the fallback beside raw blocks is the title, escaped, on one line', () => {
  expect(fallbackText('Report <ready> & *done*')).toBe('Report &lt;ready&gt; &amp; *\u200bdone*');
  expect(fallbackText('<!channel> @here <@U123ABC>')).toBe('&lt;!channel&gt; @\u200bhere &lt;@U123ABC&gt;');
  expect(fallbackText('a\nb\u202ec')).toBe('a bc');
  expect(fallbackText('\u200b')).toBe('You have a new notification');
  expect(fallbackText('x'.repeat(10_000)).length).toBeLessThanOrEqual(4_000);
});
