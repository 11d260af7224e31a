// Text made safe for Slack: nothing a producer writes can become a mention, a link or a format that was not meant.
// Slack reads mrkdwn for `<…>`; with & < > escaped none is left. What remains are plain words such as @here, and
// format characters, which get an invisible space (zero width) so that they stay what they are.

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
export function fenceable(text: string): string {
  return escaped(clean(text)).replace(/(?<=``)`/g, `${zeroWidth}\``);
}

/** Lines of mrkdwn that begin with an escaped > would be drawn as a quotation. */
export function unquoted(text: string): string {
  return text.replace(/^(?=&gt;)/gm, zeroWidth);
}

/** Without control characters and halves of characters, which Slack refuses or mangles. */
export function clean(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** False for what a reader would see as empty; Slack refuses such text. */
export function isVisible(text: string): boolean {
  return /[^\s\p{Cf}\p{Cc}\u115f\u1160\u2800\u3164\uffa0]/u.test(text);
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

/** Whatever could open a format that ends further on in the line does not; in one pass, however hostile the line. */
function unpaired(line: string, mark: string): string {
  let last = line.lastIndexOf(mark);
  while (last > 0 && !(isBlack(line, last - 1) && !isWordAt(line, last + 1))) last = line.lastIndexOf(mark, last - 1);
  if (last < 2) return line;
  let text = '';
  let done = 0;
  for (let at = line.indexOf(mark); at >= 0 && at + 2 <= last; at = line.indexOf(mark, at + 1)) {
    if (isWordBefore(line, at) || !isBlack(line, at + 1)) continue;
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

/** There is a character, and it is no white space. */
export function isBlack(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 0x80
    ? code > 0x20 || (code < 0x20 && !(code >= 0x09 && code <= 0x0d))
    : /^\S/.test(text.slice(at, at + 1));
}
