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
  return text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '').replace(/\p{Surrogate}/gu, '\ufffd');
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** False for what a reader would see as empty; Slack refuses such text. */
export function isVisible(text: string): boolean {
  return /[^\s\p{Cf}\p{Cc}\u115f\u1160\u2800\u3164\uffa0]/u.test(text);
}

function unmentioned(text: string): string {
  return text.replace(/@(?=(?:channel|here|everyone|group)\b)/gi, `@${zeroWidth}`);
}

function unformatted(text: string): string {
  const spaced = text.replace(/`/g, `\`${zeroWidth}`);
  return /[*_~]/.test(spaced) ? spaced.split('\n').map((line) => marks.reduce(unpaired, line)).join('\n') : spaced;
}

const marks = [mark('*'), mark('_'), mark('~')];

function mark(character: string): { character: string; opening: RegExp } {
  return { character, opening: new RegExp(`(?<![\\p{L}\\p{N}])[${character}](?=\\S)`, 'gu') };
}

/** Whatever could open a format that ends further on in the line does not; in one pass, however hostile the line. */
function unpaired(line: string, { character, opening }: (typeof marks)[number]): string {
  let last = line.lastIndexOf(character);
  while (last > 0 && !(/\S/.test(line[last - 1] ?? '') && !/^[\p{L}\p{N}]/u.test(line.slice(last + 1, last + 3)))) {
    last = line.lastIndexOf(character, last - 1);
  }
  return last < 2 ? line : line.replace(opening, (found, at: number) => (at + 2 <= last ? found + zeroWidth : found));
}
