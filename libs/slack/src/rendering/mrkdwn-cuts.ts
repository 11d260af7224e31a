// Shortens mrkdwn. Guarantees: those of cuts.ts of @carillon/content, and no entity and no `<…>` is cut in two.
import { cutTo, wholeCharacters } from '@carillon/content';

/** The longest beginning of mrkdwn that fits, with an ellipsis where something is left out. */
export const shortened = (text: string, limit: number): string => cutTo(text, limit, cutBeforeElement);

/** The same, by the number of bytes in UTF-8. */
export function shortenedToBytes(text: string, limit: number): string {
  if (3 * text.length <= limit || Buffer.byteLength(text) <= limit) return text;
  let bytes = Buffer.byteLength('…');
  let at = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limit) break;
    at += character.length;
  }
  return shortened(text, at + 1);
}

/** Moves a cut in mrkdwn back to where it is allowed. */
export function cutBeforeElement(text: string, at: number): number {
  let cut = wholeCharacters(text, at);
  const open = cut === 0 ? -1 : text.lastIndexOf('<', cut - 1);
  if (open >= 0 && text.indexOf('>', open) >= cut) return open;
  const entity = /&[a-z]{0,4}$/.exec(text.slice(Math.max(0, cut - 5), cut));
  if (entity && /^&(amp|lt|gt);/.test(text.slice(cut - entity[0].length, cut + 5))) cut -= entity[0].length;
  return cut;
}
