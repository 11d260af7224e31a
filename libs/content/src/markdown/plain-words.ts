// The text of Markdown without its format, unescaped: for subjects, labels, fallback texts and digests.
import { isVisible, oneLine } from '../characters.ts';
import type { Token, Tokens } from './parse-markdown.ts';
import { decodeEntities, stripTags } from './strip-tags.ts';

/** Of a document: a line for each block, list item and row of a table. */
export function plainWords(tokens: readonly Token[]): string {
  return (tokens as Tokens.Generic[])
    .map(blockWords)
    .filter((text) => isVisible(text))
    .join('\n');
}

/** Of a line. */
export function words(tokens: readonly Token[] | undefined): string {
  return ((tokens ?? []) as Tokens.Generic[]).map(inlineWords).join('');
}

/** Of a token that has no tokens in it. */
export function textOf(token: Tokens.Generic): string {
  const text = typeof token['text'] === 'string' ? token['text'] : token.raw;
  return token.type === 'text' || token.type === 'image' ? decodeEntities(text) : text;
}

/** The checkbox of an item of a task list; empty for any other item. */
export const taskMark = (item: Tokens.ListItem): string => (item.task ? (item.checked ? '☑ ' : '☐ ') : '');

function blockWords(token: Tokens.Generic): string {
  switch (token.type) {
    case 'space':
    case 'def':
    case 'hr':
      return '';
    case 'list':
      return (token as Tokens.List).items.map((item) => `• ${plainWords(item.tokens).trim()}`).join('\n');
    case 'table':
      return tableWords(token as Tokens.Table);
    case 'blockquote':
      return plainWords(token.tokens ?? []);
    case 'code':
      return (token as Tokens.Code).text;
    default:
      return token.tokens ? words(token.tokens) : words([token]);
  }
}

const tableWords = ({ header, rows }: Tokens.Table): string =>
  [header, ...rows].map((row) => row.map((cell) => oneLine(words(cell.tokens))).join(' | ')).join('\n');

function inlineWords(token: Tokens.Generic): string {
  if (token.type === 'br') return '\n';
  if (token.type === 'html') return stripTags(token.raw);
  if (token.type === 'checkbox') return '';
  if (token.type !== 'image' && token.tokens) return words(token.tokens);
  return textOf(token);
}
