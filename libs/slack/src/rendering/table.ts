// A Markdown table. Slack's text has none: a narrow one is drawn in fixed width, a wide one as a line per row.
import type { Tokens } from 'marked';
import { escaped, isVisible, oneLine, zeroWidth } from './characters.ts';
import { inline, marked, words } from './inline.ts';
import type { Part } from './markdown.ts';

const widest = 76;

export function tableParts(table: Tokens.Table): Part[] {
  const rows = [table.header, ...table.rows].map((row) => row.map((cell) => oneLine(words(cell.tokens))));
  const widths = table.header.map((_, column) => Math.max(1, ...rows.map((row) => width(row[column] ?? ''))));
  const total = widths.reduce((sum, each) => sum + each + 3, -3);
  return total <= widest ? [{ kind: 'code', text: fixedWidth(table, rows, widths) }] : [{ kind: 'text', text: linePerRow(table) }];
}

export function tableWords(table: Tokens.Table): string {
  return [table.header, ...table.rows].map((row) => row.map((cell) => oneLine(words(cell.tokens))).join(' | ')).join('\n');
}

function fixedWidth(table: Tokens.Table, rows: readonly string[][], widths: readonly number[]): string {
  const drawn = rows.map((row) =>
    widths.map((wide, column) => padded(row[column] ?? '', wide, table.align[column] === 'right')).join(' | ').trimEnd(),
  );
  drawn.splice(1, 0, widths.map((wide) => '-'.repeat(wide)).join('-+-'));
  return escaped(drawn.join('\n')).replace(/```/g, `\`\`${zeroWidth}\``);
}

function linePerRow(table: Tokens.Table): string {
  const heads = table.header.map((cell) => marked('*', inline(cell.tokens, ['*'])));
  return table.rows
    .map((row) => {
      const cells = row.map((cell, column) => ({ head: heads[column] ?? '', text: inline(cell.tokens) })).filter(({ text }) => isVisible(text));
      return `• ${cells.map(({ head, text }) => (isVisible(head) ? `${head}: ${text}` : text)).join(' · ')}`;
    })
    .join('\n');
}

function padded(text: string, wide: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, wide - width(text)));
  return right ? space + text : text + space;
}

const width = (text: string): number => Array.from(text).length;
