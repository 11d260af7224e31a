// Markdown → the HTML of an e-mail. Promises: whatever is written, the only markup that comes out is the list below,
// with our own inline styles and addresses that a person may follow; raw HTML is shown as text; nothing is fetched when
// the message is opened, so an image is a link. Colours are left to the mail program, so that it stays readable in the
// dark.
import {
  clean,
  linkOf,
  splitByAddress,
  stripTags,
  taskMark,
  textOf,
  words,
  type Token,
  type Tokens,
} from '@carillon/content';

const line = '#8a8f98';
const mono = 'font-family:ui-monospace,Consolas,Menlo,monospace;font-size:14px';
export const cell = `border:1px solid ${line};padding:6px 10px;text-align:left;vertical-align:top`;

export const markdownHtml = (tokens: readonly Tokens.Generic[]): string => blocks(tokens);

export const escaped = (text: string): string =>
  clean(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Text of no format: lines stay lines. */
export const textHtml = (text: string): string => escaped(text).replace(/\n/g, '<br>');

/** The same, and bare web addresses become links. */
export const linkedTextHtml = (text: string): string =>
  splitByAddress(text)
    .map((piece, at) => (at % 2 === 1 ? linkHtml(piece, piece) : textHtml(piece)))
    .join('');

/** @param address as `followableAddress` returns it */
export const linkHtml = (address: string, label: string): string =>
  `<a href="${escaped(address)}">${textHtml(label)}</a>`;

function blocks(tokens: readonly Tokens.Generic[], tight = false): string {
  return tokens.map((token) => block(token, tight)).join('');
}

function block(token: Tokens.Generic, tight: boolean): string {
  switch (token.type) {
    case 'space':
    case 'def':
      return '';
    case 'hr':
      return `<hr style="border:0;border-top:1px solid ${line};margin:20px 0">`;
    case 'heading': {
      // The title of the message is the first heading.
      const depth = Math.min(Number(token['depth']) + 1, 6);
      return `<h${depth} style="font-size:${depth === 2 ? 18 : 16}px;line-height:1.3;margin:20px 0 8px">${inline(token.tokens)}</h${depth}>`;
    }
    case 'code':
      return `<pre style="${mono};white-space:pre-wrap;border:1px solid ${line};border-radius:4px;padding:10px;margin:0 0 16px">${escaped((token as Tokens.Code).text)}</pre>`;
    case 'blockquote':
      return `<blockquote style="border-left:3px solid ${line};margin:0 0 16px;padding:0 0 0 12px">${blocks(token.tokens ?? [])}</blockquote>`;
    case 'list':
      return list(token as Tokens.List);
    case 'table':
      return table(token as Tokens.Table);
    case 'html':
      return paragraph(textHtml(stripTags(token.raw).trim()), tight);
    default:
      return paragraph(inline(token.tokens ?? [token]), tight);
  }
}

const paragraph = (html: string, tight: boolean): string =>
  html === '' || tight ? html : `<p style="margin:0 0 16px">${html}</p>`;

function list({ ordered, start, loose, items }: Tokens.List): string {
  const first =
    ordered && typeof start === 'number' && Number.isSafeInteger(start) && start !== 1 ? ` start="${start}"` : '';
  const inside = items
    .map((item) => `<li>${taskMark(item)}${blocks(item.tokens as Tokens.Generic[], !loose)}</li>`)
    .join('');
  return ordered
    ? `<ol${first} style="margin:0 0 16px;padding-left:28px">${inside}</ol>`
    : `<ul style="margin:0 0 16px;padding-left:24px">${inside}</ul>`;
}

function table({ header, rows, align }: Tokens.Table): string {
  const aligned = (column: number): string => (align[column] ? `${cell};text-align:${align[column]}` : cell);
  const head = header
    .map(({ tokens }, column) => `<th scope="col" style="${aligned(column)}">${inline(tokens)}</th>`)
    .join('');
  const body = rows
    .map(
      (row) =>
        `<tr>${row.map(({ tokens }, column) => `<td style="${aligned(column)}">${inline(tokens)}</td>`).join('')}</tr>`,
    )
    .join('');
  return `<table style="border-collapse:collapse;margin:0 0 16px"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

function inline(tokens: readonly Token[] | undefined): string {
  return ((tokens ?? []) as Tokens.Generic[]).map(piece).join('');
}

function piece(token: Tokens.Generic): string {
  switch (token.type) {
    case 'strong':
      return `<strong>${inline(token.tokens)}</strong>`;
    case 'em':
      return `<em>${inline(token.tokens)}</em>`;
    case 'del':
      return `<del>${inline(token.tokens)}</del>`;
    case 'codespan':
      return `<code style="${mono}">${escaped(textOf(token))}</code>`;
    case 'link':
    case 'image': {
      const { label, address } = linkOf(token);
      return address === undefined ? textHtml(label) : linkHtml(address, label);
    }
    case 'br':
    case 'html':
    case 'checkbox':
      return textHtml(words([token]));
    default:
      return token.tokens ? inline(token.tokens) : textHtml(textOf(token));
  }
}
