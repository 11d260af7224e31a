// Markdown as parts of a Slack message. It does not limit the time that this takes: body-renderer.ts of
// @carillon/content does.
import {
  gapMark,
  isVisible,
  parseMarkdown,
  plainWords,
  stripTags,
  taskMark,
  type Token,
  type Tokens,
} from '@carillon/content';
import { findMentions, type MentionsByRef } from './find-mentions.ts';
import { inline, marked } from './inline-mrkdwn.ts';
import type { Part } from './message-part.ts';
import { escapedForCodeBlock, literal, unquoted } from './mrkdwn-escapes.ts';
import { tableParts } from './table.ts';

/** One document, as parts and as plain text. */
export interface DrawnMarkdown {
  parts: Part[];
  /** Plain and unescaped, with `gapMark` where something is left out. */
  words: string;
}

/** Markdown that is too deeply nested for its parser is shown as it was written. */
export function readMarkdown(markdown: string, people: MentionsByRef = new Map()): DrawnMarkdown {
  try {
    const tokens = parseMarkdown(markdown);
    findMentions(tokens, markdown, people);
    const drawn = parts(tokens);
    // A raw HTML block that spans the gap swallows it.
    if (markdown.includes(gapMark) && !drawn.some(({ kind }) => kind === 'gap')) return markdownAsWritten(markdown);
    return { parts: drawn, words: plainWords(tokens) };
  } catch {
    return markdownAsWritten(markdown);
  }
}

/** The Markdown itself as text, in one pass. */
export const markdownAsWritten = (markdown: string): DrawnMarkdown => ({
  parts: literalParts(markdown),
  words: markdown,
});

/** Text without any format. */
export const literalParts = (text: string): Part[] =>
  text
    .split(gapMark)
    .flatMap((piece, at): Part[] => [
      ...(at === 0 ? [] : [{ kind: 'gap' } as const]),
      { kind: 'text', text: unquoted(literal(piece.trim())) },
    ]);

/** Nobody counts more levels, and each one costs a pass over its text. */
const deepQuote = /^(?:&gt; ){5}/;

function parts(tokens: readonly Token[]): Part[] {
  return (tokens as Tokens.Generic[]).flatMap(partsOf).filter((part) => !('text' in part) || isVisible(part.text));
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
      return [{ kind: 'code', text: escapedForCodeBlock((token as Tokens.Code).text) }];
    case 'blockquote':
      return [{ kind: 'quote', text: lines(token.tokens ?? []) }];
    case 'list':
      return [{ kind: 'text', text: listLines(token as Tokens.List, 0).join('\n') }];
    case 'table':
      return tableParts(token as Tokens.Table);
    case 'html':
      return [{ kind: 'text', text: unquoted(literal(stripTags(token.raw).trim())) }];
    default:
      return token.raw.trim() === gapMark
        ? [{ kind: 'gap' }]
        : [{ kind: 'text', text: inline(token.tokens ?? [token]) }];
  }
}

/** Lines of text, for quotations and list items, which hold no other blocks in Slack. */
function lines(tokens: readonly Token[]): string {
  return parts(tokens)
    .map((part) => {
      if (part.kind === 'divider') return '———';
      if (part.kind === 'gap') return '…';
      // Slack has one level of quotation; those inside show their marks.
      if (part.kind === 'quote') return deepQuote.test(part.text) ? part.text : part.text.replace(/^/gm, '&gt; ');
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
    let head: string | undefined;
    const below: string[] = [];
    for (const token of item.tokens) {
      if (token.type === 'list') {
        // A list inside an item begins on the next line.
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
    return [`${indent}${bullet} ${taskMark(item)}${head ?? ''}`.trimEnd(), ...below];
  });
}
