import { expect, test } from '@jest/globals';
import { printable, printableLine } from './printable.ts';

test('what a stranger wrote cannot command the terminal', () => {
  expect(printable('\x1b[31mred\u202e\0 ok\n\tä€😀')).toBe('\\u{1b}[31mred\\u{202e}\\u{0} ok\n\tä€😀');
  expect(printableLine('two\nlines')).toBe('two\\nlines');
});
