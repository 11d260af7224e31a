// Names and titles that are read in the order in which they were written.
import { expect, test } from '@jest/globals';
import { plainLine, plainText } from './plain-text.ts';

test.each(['a\nb', 'a\u202Eb', 'a\u2066b', 'a\0b', 'a\u2028b', '\uD800'])(
  '%j is refused where its writer can be told',
  (text) => {
    expect(plainText.safeParse(text).success).toBe(false);
  },
);

test('other scripts, accents and emoji are plain text', () => {
  for (const text of ['Zoë', 'שלום', 'مرحبا', '日本語', '👩‍👩‍👧']) expect(plainText.parse(text)).toBe(text);
});

test('what is shown all the same stays one line and keeps its order', () => {
  expect(plainLine('invoice\u202Egpj.exe')).toBe('invoicegpj.exe');
  expect(plainLine('a\r\nBcc: b\t c ')).toBe('a Bcc: b c');
});
