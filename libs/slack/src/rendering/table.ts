// A Markdown table in Slack, whose text has no tables. A narrow table becomes a code block with columns. A wide one,
// and one with links or mentions, which a code block can't have, becomes a line per row.
import { isVisible, oneLine, words, type Token, type Tokens } from '@carillon/content';
import { inline, marked } from './inline-mrkdwn.ts';
import type { Part } from './message-part.ts';
import { escapedForCodeBlock } from './mrkdwn-escapes.ts';

const widest = 76;

export function tableParts(table: Tokens.Table): Part[] {
  if ([table.header, ...table.rows].some((row) => row.some((cell) => cell.tokens.some(leads))))
    return [{ kind: 'text', text: linePerRow(table) }];
  const rows = [table.header, ...table.rows].map((row) => row.map((cell) => oneLine(words(cell.tokens))));
  const widths = table.header.map((_, column) => Math.max(1, ...rows.map((row) => width(row[column] ?? ''))));
  const total = widths.reduce((sum, each) => sum + each + 3, -3);
  return total <= widest
    ? [{ kind: 'code', text: fixedWidth(table, rows, widths) }]
    : [{ kind: 'text', text: linePerRow(table) }];
}

function fixedWidth(table: Tokens.Table, rows: readonly string[][], widths: readonly number[]): string {
  const drawn = rows.map((row) =>
    widths
      .map((wide, column) => padded(row[column] ?? '', wide, table.align[column] === 'right'))
      .join(' | ')
      .trimEnd(),
  );
  drawn.splice(1, 0, widths.map((wide) => '-'.repeat(wide)).join('-+-'));
  return escapedForCodeBlock(drawn.join('\n'));
}

function linePerRow(table: Tokens.Table): string {
  const heads = table.header.map((cell) => marked('*', inline(cell.tokens, ['*'])));
  if (table.rows.length === 0) return heads.filter(isVisible).join(' · ');
  return table.rows
    .map((row) =>
      row
        .map((cell, column) => ({ head: heads[column] ?? '', text: inline(cell.tokens) }))
        .filter(({ text }) => isVisible(text)),
    )
    .filter((cells) => cells.length > 0)
    .map((cells) => `• ${cells.map(({ head, text }) => (isVisible(head) ? `${head}: ${text}` : text)).join(' · ')}`)
    .join('\n');
}

/** Whether it contains a link or a mention. */
function leads(token: Token): boolean {
  const { type, tokens } = token as Tokens.Generic;
  return type === 'link' || type === 'image' || type === 'mention' || (tokens ?? []).some(leads);
}

function padded(text: string, wide: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, wide - width(text)));
  return right ? space + text : text + space;
}

const width = (text: string): number => Array.from(text).length;
