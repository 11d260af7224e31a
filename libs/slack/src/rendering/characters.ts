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

/** The longest beginning that fits, with an ellipsis where something is left out; an entity is never cut in two. */
export function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, wholeCharacters(text, limit - 1)).trimEnd()}…`;
}

/** Moves a cut back to where it splits neither a character, nor an entity, nor a `<…>`. */
export function wholeCharacters(text: string, at: number): number {
  let cut = Math.max(0, at);
  const open = text.lastIndexOf('<', cut - 1);
  if (open >= 0 && text.indexOf('>', open) >= cut) cut = open;
  const entity = /&[a-z]{0,4}$/.exec(text.slice(Math.max(0, cut - 5), cut));
  if (entity && /^&(amp|lt|gt);/.test(text.slice(cut - entity[0].length))) cut -= entity[0].length;
  const before = text.charCodeAt(cut - 1);
  if (cut > 0 && cut < text.length && before >= 0xd800 && before < 0xdc00) cut -= 1;
  return cut;
}

function unmentioned(text: string): string {
  return text.replace(/@(?=(?:channel|here|everyone|group)\b)/gi, `@${zeroWidth}`);
}

/** A pair further apart than this is not looked for: the search must stay linear in hostile text. */
function unformatted(text: string): string {
  return text
    .replace(/(?<![\p{L}\p{N}])([*_~])(?=\S)(?=[^\n]{0,200}?\S\1(?![\p{L}\p{N}]))/gu, `$1${zeroWidth}`)
    .replace(/`/g, `\`${zeroWidth}`);
}
