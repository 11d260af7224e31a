// Splits a long text into pieces that fit, between paragraphs, lines, sentences or words. Guarantees: only white space
// is lost between the pieces; a format (code, quotation, bold) that spans a cut is closed and opened again.
import type { TextPart } from './message-part.ts';
import { cutBeforeElement } from './mrkdwn-cuts.ts';
import { hasCharacterAt, isWordAt, isWordBefore, zeroWidth } from './mrkdwn-escapes.ts';

const fence = '```';
/** At most one mark of each format of Slack is open at a cut. */
const openFormats = 4;
/** A character or the name of an emoji is shorter. */
const longestUnit = 130;

export interface Piece {
  /** Mrkdwn as it is sent. Empty where nothing fits. */
  text: string;
  rest?: TextPart;
}

/** The first piece of a part. */
export function firstPiece(part: TextPart, limit: number): Piece {
  const { kind, text } = part;
  switch (kind) {
    case 'text':
      return pieceOf(part, formatted(text, limit), (drawn) => drawn);
    case 'code':
      return pieceOf(
        part,
        cutAt(text, boundary(text, limit - 2 * fence.length - 2)),
        (drawn) => `${fence}\n${drawn}\n${fence}`,
      );
    case 'quote': {
      let piece = pieceOf(part, formatted(text, limit), quoted);
      // Each line also has its quotation mark.
      for (let room = limit; piece.text.length > limit; ) {
        room = Math.floor((room * limit) / piece.text.length) - 2;
        piece = pieceOf(part, formatted(text, room), quoted);
      }
      return piece;
    }
  }
}

/** The last piece of a part; `rest` is what stands before it. */
export function lastPiece(part: TextPart, limit: number): Piece {
  const whole = firstPiece(part, limit);
  if (whole.rest === undefined) return whole;
  const { kind, text } = part;
  switch (kind) {
    case 'text':
      return pieceBefore(part, ending(text, limit), (drawn) => drawn);
    case 'code': {
      const at = boundaryAfter(text, text.length - limit + 2 * fence.length + 2);
      const cut = { head: text.slice(0, at).trimEnd(), tail: text.slice(at).trimEnd() };
      return pieceBefore(part, cut, (drawn) => `${fence}\n${drawn}\n${fence}`);
    }
    case 'quote': {
      let piece = pieceBefore(part, ending(text, limit), quoted);
      for (let room = limit; piece.text.length > limit; ) {
        room = Math.floor((room * limit) / piece.text.length) - 2;
        piece = pieceBefore(part, ending(text, room), quoted);
      }
      return piece;
    }
  }
}

interface Cut {
  head: string;
  tail: string;
}

function pieceOf(part: TextPart, { head, tail }: Cut, draw: (text: string) => string): Piece {
  const text = head === '' ? '' : draw(head);
  return tail === '' ? { text } : { text, rest: { ...part, text: tail } };
}

function pieceBefore(part: TextPart, { head, tail }: Cut, draw: (text: string) => string): Piece {
  const text = tail === '' ? '' : draw(tail);
  return head === '' ? { text } : { text, rest: { ...part, text: head } };
}

function cutAt(text: string, at: number): Cut {
  return {
    head: text.slice(0, at).trimEnd(),
    tail:
      at === 0
        ? text
        : text
            .slice(at)
            .replace(/^\s*\n|^ +/, '')
            .trimEnd(),
  };
}

/** Formats that are open at the cut end with the piece and begin again with the rest. */
function formatted(text: string, limit: number): Cut {
  if (text.length <= limit) return cutAt(text, text.length);
  let at = boundary(text, limit - openFormats);
  let open = openAt(text, at);
  while (open.length > 0 && text[at] === open.at(-1)?.mark) {
    open = open.slice(0, -1);
    at += 1;
  }
  const empty = open.find(({ index }) => text.slice(index, at).trim().length <= open.length);
  // A format that begins right before the cut moves to the rest, unless the piece would be empty.
  if (empty && empty.index > 0) {
    at = empty.index;
    open = openAt(text, at);
  }
  const { head, tail } = cutAt(text, at);
  const marks = open.map(({ mark }) => mark);
  return head === '' || tail === ''
    ? { head, tail }
    : { head: head + marks.toReversed().join(''), tail: marks.join('') + tail };
}

/** The tail is what fits. Formats that are open at the cut begin again with it. */
function ending(text: string, limit: number): Cut {
  const at = boundaryAfter(text, text.length - limit + openFormats);
  const marks = openAt(text, at).map(({ mark }) => mark);
  const head = text.slice(0, at).trimEnd();
  const tail = text.slice(at).trim();
  return head === '' || tail === ''
    ? { head, tail }
    : { head: head + marks.toReversed().join(''), tail: marks.join('') + tail };
}

interface Open {
  mark: string;
  index: number;
}

/**
 * In the line that is cut: a format of Slack's ends with its line, and literal marks are followed by an invisible
 * space.
 */
function openAt(text: string, at: number): Open[] {
  const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  const end = text.indexOf('\n', at);
  const line = text.slice(0, end < 0 ? undefined : end);
  const open: Open[] = [];
  for (const { 0: mark, index } of text.slice(start, at).matchAll(/<[^<>]*>|[*_~`]/g)) {
    if (mark.length > 1 || (open.at(-1)?.mark === '`' && mark !== '`')) continue;
    const known = open.findIndex((one) => one.mark === mark);
    if (known >= 0 && (mark === '`' || ends(text, start + index))) open.splice(known);
    else if (known < 0 && begins(text, start + index)) open.push({ mark, index: start + index });
  }
  return open.filter(({ mark }) => {
    let next = line.indexOf(mark, at);
    while (next >= 0 && mark !== '`' && !ends(text, next)) next = line.indexOf(mark, next + 1);
    return next >= 0;
  });
}

const begins = (text: string, at: number): boolean =>
  !isWordBefore(text, at) && text[at + 1] !== zeroWidth && hasCharacterAt(text, at + 1);

const ends = (text: string, at: number): boolean => hasCharacterAt(text, at - 1) && !isWordAt(text, at + 1);

function boundary(text: string, limit: number): number {
  if (text.length <= limit) return text.length;
  if (limit <= 0) return 0;
  const most = cutBeforeElement(text, limit);
  for (const [mark, kept] of [
    ['\n\n', 0],
    ['\n', 0],
    ['. ', 1],
    [' ', 0],
  ] as const) {
    let at = text.lastIndexOf(mark, most - kept);
    // A boundary in the first half would waste too much of the piece.
    while (at > limit / 2) {
      const whole = cutBeforeElement(text, at + kept);
      if (whole === at + kept) return whole;
      at = text.lastIndexOf(mark, whole - 1);
    }
  }
  return most;
}

/** The first place at or after `from` where the text may be cut; its end where there is none near. */
function boundaryAfter(text: string, from: number): number {
  const until = from + (text.length - from) / 2;
  for (const mark of ['\n', '. ', ' ']) {
    let at = text.indexOf(mark, Math.max(0, from - mark.length));
    while (at >= 0 && at + mark.length <= until) {
      const after = at + mark.length;
      if (after >= from && cutBeforeElement(text, after) === after) return after;
      at = text.indexOf(mark, at + 1);
    }
  }
  for (let at = Math.max(0, from), step = 0; at < text.length && step < longestUnit; step += 1) {
    const whole = cutBeforeElement(text, at);
    if (whole === at) return at;
    at = text[whole] === '<' ? text.indexOf('>', whole) + 1 : at + 1;
  }
  return text.length;
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}
