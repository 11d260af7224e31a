// Which addresses in content become links, in every channel. Guarantees: only an address that a person may follow (web,
// mail, telephone) is a link; nothing in an address ends the place where a channel writes it.
import { clean, isVisible, oneLine } from '../characters.ts';
import type { Tokens } from './parse-markdown.ts';
import { textOf, words } from './plain-words.ts';
import { decodeEntities } from './strip-tags.ts';

/** @returns the address as every channel writes it, or undefined for one that is no link */
export function followableAddress(href: string): string | undefined {
  const address = clean(href)
    .trim()
    .replace(/[\s<>"'`{}|\\^\p{Cf}]/gu, (character) => encodeURIComponent(character).replace("'", '%27'));
  return /^(?:https?:\/\/[^/]|mailto:.|tel:.)/i.test(address) && URL.canParse(address) ? address : undefined;
}

/** @returns the same for web addresses alone */
export function webAddress(href: string): string | undefined {
  const address = followableAddress(href);
  return address !== undefined && /^https?:/i.test(address) ? address : undefined;
}

export interface DrawnLink {
  /** With the address in it where that is no link, as for `app://…`: a person can copy it. */
  label: string;
  /** Absent: only the label is shown. */
  address?: string;
}

/** Of a token that is a link or an image. */
export function linkOf(token: Tokens.Generic): DrawnLink {
  const { href, text } = token as Tokens.Link | Tokens.Image;
  const literal = (token as Tokens.Link).autolink === true;
  const address = followableAddress(literal ? href : decodeEntities(href));
  const label =
    oneLine(token.type === 'image' ? textOf(token) : literal ? text : words(token.tokens)) || (address ?? '');
  return address === undefined ? { label: unlinked(label, literal ? href : decodeEntities(href)) } : { label, address };
}

/** A longer address is data, and nobody copies it. */
const longestShown = 500;

/**
 * What is shown for an address that cannot be linked: the label, and the address unless it is in the label. References
 * to people are no addresses.
 */
export function unlinked(label: string, href: string): string {
  const address = oneLine(href);
  const isShown = /^(?!data:|member:|email:)(?:[a-z][a-z\d+.-]*:|\/)./i.test(address) && address.length <= longestShown;
  if (!isVisible(label)) return address;
  return isShown && !label.includes(address) ? `${label} (${address})` : label;
}

/** Text with its bare web addresses apart: every second piece is one. */
export const splitByAddress = (text: string): string[] =>
  clean(text).split(/(https?:\/\/[^\s<>|"'`]*[^\s<>|"'`.,;:!?)\]])/i);
