// Where text may be cut. Guarantees: no character, emoji or emoji's name is cut in two, and what is left of a longer
// word never reads like a mention. The cut is at most 64 characters before the limit, whatever the text holds.

/** The longest beginning that fits, with an ellipsis where something is left out. */
export const shortenedPlain = (text: string, limit: number): string => cutTo(text, limit, wholeCharacters);

/** @param whole moves a cut back to where the text may be cut */
export function cutTo(text: string, limit: number, whole: (text: string, at: number) => number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, whole(text, limit - 1)).trimEnd()}…`;
}

/** Of Markdown, cut between lines or words where there are any, since half a link would be another link. */
export function beginningOf(markdown: string, limit: number): string {
  if (markdown.length <= limit) return markdown;
  const window = markdown.slice(0, limit);
  const at = ['\n', ' '].map((mark) => window.lastIndexOf(mark)).find((index) => index > limit / 2);
  return markdown.slice(0, at ?? wholeCharacters(markdown, Math.floor(limit)));
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** A longer one is hostile: it must not make a cut move far. */
const longestGrapheme = 64;
const longestEmojiName = 64;

/** Moves a cut back to where it is allowed. */
export function wholeCharacters(text: string, at: number): number {
  if (at >= text.length) return text.length;
  let cut = Math.max(0, at);
  const from = Math.max(0, cut - longestGrapheme);
  const { index } = graphemes.segment(text.slice(from, cut + longestGrapheme)).containing(cut - from) ?? { index: 0 };
  if (index > 0 || from === 0) cut = from + index;
  else if (/[\ud800-\udbff]/.test(text[cut - 1] ?? '') && /[\udc00-\udfff]/.test(text[cut] ?? '')) cut -= 1;
  const start = Math.max(0, cut - longestEmojiName);
  for (const { 0: name, index } of text.slice(start, cut + longestEmojiName).matchAll(/:[\w+'-]+:/g)) {
    if (start + index < cut && cut < start + index + name.length) return start + index;
  }
  const called = /@(?:channel|here|everyone|group)$/i.exec(text.slice(Math.max(0, cut - 9), cut));
  return called && /^\w/.test(text.slice(cut, cut + 1)) ? cut - called[0].length : cut;
}
