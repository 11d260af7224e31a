// Markdown → plain text that reads well as it stands: links beside their words, lists and quotations as people type
// them.
import { linkOf, oneLine, stripTags, taskMark, textOf, words, type Token, type Tokens } from '@carillon/content';

const longestRule = 60;

export const markdownText = (tokens: readonly Tokens.Generic[]): string => blocks(tokens);

export const textLink = (label: string, address: string): string =>
  label === address ? address : `${label} <${address}>`;

export const underlined = (line: string, rule: '=' | '-'): string =>
  `${line}\n${rule.repeat(Math.min(Math.max(line.length, 1), longestRule))}`;

function blocks(tokens: readonly Tokens.Generic[], between = '\n\n'): string {
  return tokens
    .map(block)
    .filter((text) => text.trim() !== '')
    .join(between);
}

function block(token: Tokens.Generic): string {
  switch (token.type) {
    case 'space':
    case 'def':
      return '';
    case 'hr':
      return '-'.repeat(20);
    case 'heading':
      return underlined(oneLine(inline(token.tokens)), token['depth'] === 1 ? '=' : '-');
    case 'code':
      return indented((token as Tokens.Code).text, '    ');
    case 'blockquote':
      return indented(blocks(token.tokens ?? []), '> ');
    case 'list':
      return list(token as Tokens.List);
    case 'table':
      return table(token as Tokens.Table);
    case 'html':
      return stripTags(token.raw).trim();
    default:
      return inline(token.tokens ?? [token]);
  }
}

function list({ ordered, start, loose, items }: Tokens.List): string {
  const first = typeof start === 'number' ? start : 1;
  return items
    .map((item, at) => {
      const bullet = `${ordered ? `${first + at}.` : '-'} `;
      const text = taskMark(item) + blocks(item.tokens, loose ? '\n\n' : '\n');
      return bullet + indented(text, ' '.repeat(bullet.length)).trimStart();
    })
    .join(loose ? '\n\n' : '\n');
}

function table({ header, rows }: Tokens.Table): string {
  const lines = [header, ...rows].map((row) => row.map((cell) => oneLine(inline(cell.tokens))).join(' | '));
  return [underlined(lines[0] ?? '', '-'), ...lines.slice(1)].join('\n');
}

function inline(tokens: readonly Token[] | undefined): string {
  return ((tokens ?? []) as Tokens.Generic[]).map(piece).join('');
}

function piece(token: Tokens.Generic): string {
  switch (token.type) {
    case 'link':
    case 'image': {
      const { label, address } = linkOf(token);
      return address === undefined ? label : textLink(label, address);
    }
    case 'br':
    case 'html':
    case 'checkbox':
      return words([token]);
    default:
      return token.tokens ? inline(token.tokens) : textOf(token);
  }
}

const indented = (text: string, by: string): string =>
  text
    .split('\n')
    .map((line) => `${by}${line}`.trimEnd())
    .join('\n');
