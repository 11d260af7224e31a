// Markdown → parts of a message, in order. A part knows how it is drawn, so that it can be split without losing that.
import type { Token, Tokens } from 'marked';
import { clean, fenceable, isVisible, literal, unquoted } from './characters.ts';
import { withoutTags } from './html.ts';
import { inline, marked, words } from './inline.ts';
import { parseMarkdown } from './parse-markdown.ts';
import { findMentions, type People } from './people.ts';
import { tableParts, tableWords } from './table.ts';

export interface TextPart {
  kind: 'text' | 'code' | 'quote';
  text: string;
}
export type Part = TextPart | { kind: 'divider' };

/** One document, both ways. */
export interface ReadMarkdown {
  parts: Part[];
  /** Plain, unescaped: for the fallback. */
  words: string;
}

/** Markdown that is too deeply nested for its parser is shown as it was written. */
export function read(markdown: string, people: People = new Map()): ReadMarkdown {
  try {
    const tokens = parseMarkdown(clean(markdown));
    findMentions(tokens, markdown, people);
    return { parts: parts(tokens), words: plainWords(tokens) };
  } catch {
    return asWritten(markdown);
  }
}

/** The Markdown itself as text, in one pass. */
export const asWritten = (markdown: string): ReadMarkdown => ({
  parts: [{ kind: 'text', text: unquoted(literal(markdown)) }],
  words: markdown,
});

function parts(tokens: readonly Token[]): Part[] {
  return (tokens as Tokens.Generic[])
    .flatMap(partsOf)
    .filter((part) => part.kind === 'divider' || isVisible(part.text));
}

/** The same as plain words, unescaped: for the fallback. */
function plainWords(tokens: readonly Token[]): string {
  return (tokens as Tokens.Generic[])
    .map((token) => {
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
    })
    .filter((text) => isVisible(text))
    .join('\n');
}

function partsOf(token: Tokens.Generic): Part[] {
  switch (token.type) {
    case 'space':
    case 'def':
      return [];
    case 'hr':
      return [{ kind: 'divider' }];
    case 'heading':
      return [{ kind: 'text', text: marked('*', inline(token.tokens, ['*'])) }];
    case 'code':
      return [{ kind: 'code', text: fenceable((token as Tokens.Code).text) }];
    case 'blockquote':
      return [{ kind: 'quote', text: lines(token.tokens ?? []) }];
    case 'list':
      return [{ kind: 'text', text: listLines(token as Tokens.List, 0).join('\n') }];
    case 'table':
      return tableParts(token as Tokens.Table);
    case 'html':
      return [{ kind: 'text', text: unquoted(literal(withoutTags(token.raw).trim())) }];
    default:
      return [{ kind: 'text', text: inline(token.tokens ?? [token]) }];
  }
}

/** Everything as lines of text, for places where Slack has no blocks of their own: quotations and list items. */
function lines(tokens: readonly Token[]): string {
  return parts(tokens)
    .map((part) => {
      if (part.kind === 'divider') return '———';
      if (part.kind === 'code')
        return part.text
          .split('\n')
          .map((line) => (isVisible(line) ? `\`${line.replace(/`/g, 'ˋ')}\`` : ''))
          .join('\n');
      return part.text;
    })
    .join('\n');
}

function listLines(list: Tokens.List, depth: number): string[] {
  const first = typeof list.start === 'number' ? list.start : 1;
  const indent = '    '.repeat(Math.min(depth, 5));
  return list.items.flatMap((item, at) => {
    const bullet = list.ordered ? `${first + at}.` : (['•', '◦', '▪'][depth % 3] ?? '•');
    const box = item.task ? (item.checked ? '☑ ' : '☐ ') : '';
    let head: string | undefined;
    const below: string[] = [];
    for (const token of item.tokens) {
      if (token.type === 'list') {
        // A list right inside an item stands below it.
        head ??= '';
        below.push(...listLines(token as Tokens.List, depth + 1));
        continue;
      }
      const own = lines([token]);
      if (own === '') continue;
      const [first = '', ...more] = own.split('\n');
      if (head === undefined) head = first;
      else below.push(`${indent}    ${first}`);
      below.push(...more.map((line) => `${indent}    ${line}`.trimEnd()));
    }
    return [`${indent}${bullet} ${box}${head ?? ''}`.trimEnd(), ...below];
  });
}
