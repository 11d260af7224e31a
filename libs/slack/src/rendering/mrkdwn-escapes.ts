// Escapes text for Slack: a producer's text never becomes a mention, a link or a format that was not meant.
// Slack reads `<…>` in mrkdwn; once & < > are escaped, none is left. Words such as @here and format characters get an
// invisible space (zero width), so that Slack shows them as they are.
import { clean } from '@carillon/content';

export const zeroWidth = '\u200b';

/** Escapes text for mrkdwn, keeping it literal. Apply to a whole run of text: formats are recognised by their pairs. */
export function literal(text: string): string {
  return unformatted(unmentioned(escaped(clean(text))));
}

/** For plain_text objects: shown as it is, and still nothing that reads like a mention. */
export function plain(text: string): string {
  return unmentioned(clean(text)).replace(/<(?=[!@#])/g, `<${zeroWidth}`);
}

export function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Inside a fence: escaped, and nothing in it ends the fence. */
export function escapedForCodeBlock(text: string): string {
  return escaped(clean(text)).replace(/(?<=``)`/g, `${zeroWidth}\``);
}

/** Lines of mrkdwn that begin with an escaped > would be drawn as a quotation. */
export function unquoted(text: string): string {
  return text.replace(/^(?=&gt;)/gm, zeroWidth);
}

function unmentioned(text: string): string {
  return text.replace(/@(?=(?:channel|here|everyone|group)(?![a-z0-9]))/gi, `@${zeroWidth}`);
}

function unformatted(text: string): string {
  const spaced = text.replace(/`/g, `\`${zeroWidth}`);
  return /[*_~]/.test(spaced)
    ? spaced
        .split('\n')
        .map((line) => marks.reduce(unpaired, line))
        .join('\n')
    : spaced;
}

const marks = ['*', '_', '~'];

/** Marks that could begin a format in this line are escaped, in one pass over the line. */
function unpaired(line: string, mark: string): string {
  let last = line.lastIndexOf(mark);
  while (last > 0 && !(hasCharacterAt(line, last - 1) && !isWordAt(line, last + 1)))
    last = line.lastIndexOf(mark, last - 1);
  if (last < 2) return line;
  let text = '';
  let done = 0;
  for (let at = line.indexOf(mark); at >= 0 && at + 2 <= last; at = line.indexOf(mark, at + 1)) {
    if (isWordBefore(line, at) || !hasCharacterAt(line, at + 1)) continue;
    text += line.slice(done, at + 1) + zeroWidth;
    done = at + 1;
  }
  return text + line.slice(done);
}

/** Letters and digits. Most text is ASCII, and a comparison costs a tenth of a regular expression. */
export function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 0x80 ? isAsciiWord(code) : /^[\p{L}\p{N}]/u.test(text.slice(at, at + 2));
}

export function isWordBefore(text: string, at: number): boolean {
  const code = text.charCodeAt(at - 1);
  return code < 0x80 ? isAsciiWord(code) : /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, at - 2), at));
}

const isAsciiWord = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39);

/** Whether there is a character other than white space. */
export function hasCharacterAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 0x80
    ? code > 0x20 || (code < 0x20 && !(code >= 0x09 && code <= 0x0d))
    : /^\S/.test(text.slice(at, at + 1));
}
