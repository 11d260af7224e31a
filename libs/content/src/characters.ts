// Characters that no channel shows as they are, and text on one line.

/** Without control characters and halves of characters, which Slack refuses and mail programs mangle. */
export const clean = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '')
    .toWellFormed();

export const oneLine = (text: string): string => clean(text).replace(/\s+/g, ' ').trim();

/** False for what a reader would see as empty; Slack refuses such text. */
export const isVisible = (text: string): boolean => /[^\s\p{Cf}\p{Cc}\u115f\u1160\u2800\u3164\uffa0]/u.test(text);
