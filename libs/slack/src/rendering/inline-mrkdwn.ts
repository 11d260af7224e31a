// A line of Markdown as mrkdwn: emphasis, code, links. Slack reads a format mark only between words, so a mark that
// touches a letter gets an invisible space. A format is never nested in itself.
import {
  clean,
  decodeEntities,
  isVisible,
  oneLine,
  stripTags,
  textOf,
  unlinked,
  words,
  type Token,
  type Tokens,
} from '@carillon/content';
import { escaped, literal, unquoted, zeroWidth } from './mrkdwn-escapes.ts';
import { isUser, link, mention } from './mrkdwn-links.ts';

type Mark = '*' | '_' | '~';
type Piece = { literal: string } | { made: string; marked: boolean };

/** Slack sees no boundary of a word at these, full-width punctuation included; an invisible space makes one. */
const touches = /[\p{L}\p{N}*_~`\u3001-\u303f\u30fb\ufe10-\ufe1f\ufe30-\ufe6f\uff01-\uffee]/u;

export function inline(tokens: readonly Token[] | undefined, within: readonly Mark[] = []): string {
  return unquoted(joined((tokens ?? []).flatMap((token) => pieces(token as Tokens.Generic, within))));
}

function pieces(token: Tokens.Generic, within: readonly Mark[]): Piece[] {
  switch (token.type) {
    case 'strong':
      return emphasised('*', token, within);
    case 'em':
      return emphasised('_', token, within);
    case 'del':
      return emphasised('~', token, within);
    case 'codespan':
      return [{ made: codeSpan(textOf(token)), marked: true }];
    case 'link': {
      const href = String(token['href']);
      const label = token['autolink'] === true ? textOf(token) : words(token.tokens);
      return linked(token['autolink'] === true ? href : decodeEntities(href), label);
    }
    case 'image':
      return linked(decodeEntities(String(token['href'])), textOf(token) || 'image');
    case 'mention': {
      const { slackUserId, text } = token as Tokens.Generic & { slackUserId?: string; text: string };
      return isUser(slackUserId) ? [{ made: mention(slackUserId, text), marked: false }] : [{ literal: oneLine(text) }];
    }
    case 'br':
      return [{ literal: '\n' }];
    case 'checkbox':
      return [];
    case 'html':
      return [{ literal: stripTags(token.raw) }];
    case 'escape':
      return [{ literal: textOf(token) }];
    case 'text':
      if (token.tokens) return token.tokens.flatMap((inner) => pieces(inner as Tokens.Generic, within));
      return [{ literal: textOf(token) }];
    default:
      return [{ literal: token.raw }];
  }
}

/** A link without a followable address is text with the address, and is joined with the text around it. */
function linked(href: string, label: string): Piece[] {
  const made = link(href, label);
  return made === undefined ? [{ literal: unlinked(oneLine(label), href) }] : [{ made, marked: false }];
}

function emphasised(mark: Mark, token: Tokens.Generic, within: readonly Mark[]): Piece[] {
  if (within.includes(mark)) return (token.tokens ?? []).flatMap((inner) => pieces(inner as Tokens.Generic, within));
  const made = marked(mark, inline(token.tokens, [...within, mark]));
  return [{ made, marked: true }];
}

/** Marks each line separately, because a format of Slack ends with its line. */
export function marked(mark: Mark, text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const core = line.trim();
      if (!isVisible(core)) return line;
      const begin = core.startsWith(mark) ? zeroWidth : '';
      const end = core.endsWith(mark) ? zeroWidth : '';
      return line.replace(core, () => `${mark}${begin}${core}${end}${mark}`);
    })
    .join('\n');
}

function codeSpan(text: string): string {
  const code = clean(text).replace(/\n/g, ' ').replace(/`/g, 'ˋ');
  return isVisible(code) ? `\`${escaped(code)}\`` : '';
}

function joined(all: readonly Piece[]): string {
  let text = '';
  let run = '';
  let touchable = false;
  const add = (made: string, isMarked: boolean): void => {
    const tooClose =
      text !== '' &&
      made !== '' &&
      (touchable || isMarked) &&
      touches.test(lastOf(text)) &&
      touches.test(firstOf(made));
    text += tooClose ? zeroWidth + made : made;
    if (made !== '') touchable = isMarked;
  };
  const endRun = (): void => {
    if (run !== '') add(literal(run), false);
    run = '';
  };
  for (const piece of all) {
    if ('literal' in piece) {
      run += piece.literal;
    } else {
      endRun();
      add(piece.made, piece.marked);
    }
  }
  endRun();
  return text;
}

const lastOf = (text: string): string => Array.from(text.slice(-2)).at(-1) ?? '';
const firstOf = (text: string): string => Array.from(text.slice(0, 2))[0] ?? '';
