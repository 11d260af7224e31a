// Text that a stranger wrote, made safe for a terminal.

/**
 * Control and format characters but line feed and tab: they could move the cursor, recolour or reverse what is shown.
 */
const unsafe = /[^\P{C}\n\t]/gu;

export const printable = (text: string): string =>
  text.replaceAll(unsafe, (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`);

/** On one line of a table. */
export const printableLine = (text: string): string => printable(text).replaceAll('\n', '\\n').replaceAll('\t', ' ');
