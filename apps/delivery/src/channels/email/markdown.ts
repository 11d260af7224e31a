// Markdown as e-mail reads it, for both parts of a message. Promises: both parts see the same document and the same
// links; only addresses that a person may follow are links, and `[Ada](member:ada)` is the plain name.
import { decoded, parseMarkdown, withoutTags } from '@carillon/slack/rendering';
import type { Token, Tokens } from 'marked';

/** @throws RangeError for what is nested more deeply than the stack is */
export const parsed = (markdown: string): Tokens.Generic[] => parseMarkdown(clean(markdown));

/** Without control characters and halves of characters, which mail programs mangle. */
export const clean = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '')
    .toWellFormed();

export const oneLine = (text: string): string => clean(text).replace(/\s+/g, ' ').trim();

/** The address as both parts write it, or undefined for one that is no link. */
export function followable(href: string): string | undefined {
  const address = clean(href)
    .trim()
    .replace(/[\s<>"'`{}|\\^\p{Cf}]/gu, (character) => encodeURIComponent(character).replace("'", '%27'));
  return /^(?:https?:\/\/[^/]|mailto:.|tel:.)/i.test(address) && URL.canParse(address) ? address : undefined;
}

export interface DrawnLink {
  label: string;
  /** Absent: only the label is shown. */
  address?: string;
}

export function linkOf(token: Tokens.Generic): DrawnLink {
  const { href, text } = token as Tokens.Link | Tokens.Image;
  const literal = (token as Tokens.Link).autolink === true;
  const address = followable(literal ? href : decoded(href));
  const label =
    oneLine(token.type === 'image' ? decoded(text) : literal ? text : words(token.tokens)) || (address ?? '');
  return address === undefined ? { label } : { label, address };
}

/** Text with its bare web addresses apart: every second piece is one. */
export const piecesByAddress = (text: string): string[] =>
  clean(text).split(/(https?:\/\/[^\s<>|"'`]*[^\s<>|"'`.,;:!?)\]])/i);

/** The words of a line alone. */
export function words(tokens: readonly Token[] | undefined): string {
  return ((tokens ?? []) as Tokens.Generic[]).map(wordsOf).join('');
}

function wordsOf(token: Tokens.Generic): string {
  if (token.type === 'br') return '\n';
  if (token.type === 'html') return withoutTags(token.raw);
  if (token.type === 'checkbox') return '';
  if (token.type !== 'image' && token.tokens) return words(token.tokens);
  return textOf(token);
}

/** What a token without tokens in it says. */
export function textOf(token: Tokens.Generic): string {
  const text = typeof token['text'] === 'string' ? token['text'] : token.raw;
  return token.type === 'text' || token.type === 'image' ? decoded(text) : text;
}

export const boxOf = (item: Tokens.ListItem): string => (item.task ? (item.checked ? '☑ ' : '☐ ') : '');
