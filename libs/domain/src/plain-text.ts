// Text on one line without control or direction characters: names of senders, titles, subjects. Guarantees: what a
// person reads is in the order in which it was written (a right-to-left override can show `gpj.exe` as `exe.jpg`), and
// one line stays one line (a header cannot be continued). It does not escape markup: renderers do.
import { isStorable, storableText } from './storable.ts';

const controlOrDirection = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;
const controlOrDirectionRuns = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu;

/** For fields of requests: other text is refused, with the name of the field. */
export const plainText = storableText.refine(
  (text) => !isStorable(text) || !controlOrDirection.test(text),
  'must not contain control characters, line breaks or text direction characters',
);

/**
 * For text that is shown without being refused: breaks become a space, direction characters are removed, white space is
 * collapsed.
 */
export const plainLine = (text: string): string =>
  text
    .replace(controlOrDirectionRuns, (run) => (/[\p{Cc}\u2028\u2029]/u.test(run) ? ' ' : ''))
    .replace(/ {2,}/g, ' ')
    .trim();
