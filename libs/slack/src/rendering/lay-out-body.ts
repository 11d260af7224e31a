// Lays out the body of a message as blocks. Guarantees: the blocks and their characters are within the given room; a
// body that does not fit keeps its head and its tail, and the number of characters between them is known.
import { isVisible } from '@carillon/content';
import { limits } from './limits.ts';
import type { MessageBlock } from './message-content.ts';
import type { Part, TextPart } from './message-part.ts';
import { zeroWidth } from './mrkdwn-escapes.ts';
import { firstPiece, lastPiece, type Piece } from './split.ts';
import { section } from './text-objects.ts';

export interface Room {
  blocks: number;
  characters: number;
}

export interface LaidOutBody {
  head: MessageBlock[];
  tail: MessageBlock[];
  /** About how many characters are missing between head and tail; 0 where the body is whole. */
  omitted: number;
}

/** A text, or null for a divider. */
type Draft = string | null;

/** Blocks that are made, and the parts that are not in them. */
interface Taken {
  drafts: Draft[];
  rest: Part[];
}

/** A text is not begun in fewer remaining characters. */
const smallestPiece = 100;
const tailShare = 1 / 3;
/** Slack counts a block without text like some text. */
const dividerCharacters = 50;

/** @param omitted how many characters are missing at the gap between the parts */
export function layOutBody(parts: readonly Part[], omitted: number, room: Room): LaidOutBody {
  const gap = parts.findIndex(({ kind }) => kind === 'gap');
  if (gap < 0) {
    const { drafts, rest } = take(parts, room, fromHead);
    if (rest.length === 0) return { head: blocksOf(drafts), tail: [], omitted };
  }
  const { drafts: tail, rest: beforeTail } = take(
    parts.slice(gap + 1),
    {
      blocks: Math.ceil(room.blocks * tailShare),
      characters: Math.floor(room.characters * tailShare),
    },
    fromTail,
  );
  const { drafts: head, rest: afterHead } = take(
    gap < 0 ? beforeTail : parts.slice(0, gap),
    {
      blocks: room.blocks - tail.length,
      characters: room.characters - charactersOf(tail),
    },
    fromHead,
  );
  const begin = blocksOf(head);
  return {
    head: begin,
    tail: blocksOf(tail, begin.length),
    omitted: omitted + visibleLength(afterHead) + (gap < 0 ? 0 : visibleLength(beforeTail)),
  };
}

interface Side {
  pieceOf: (part: TextPart, limit: number) => Piece;
  inOrder: <T>(items: readonly T[]) => T[];
  joined: (taken: string, next: string) => string;
}

const fromHead: Side = {
  pieceOf: firstPiece,
  inOrder: (items) => [...items],
  joined: (taken, next) => `${taken}\n\n${next}`,
};

const fromTail: Side = {
  pieceOf: lastPiece,
  inOrder: (items) => items.toReversed(),
  joined: (taken, next) => `${next}\n\n${taken}`,
};

/** Takes parts from one side until the room is used up. What it returns is in the order of the body. */
function take(parts: readonly Part[], { blocks, characters }: Room, { pieceOf, inOrder, joined }: Side): Taken {
  const drafts: Draft[] = [];
  let left = characters;
  const taken = (rest: readonly Part[]): Taken => ({ drafts: inOrder(drafts), rest: inOrder(rest) });
  const fromSide = inOrder(parts);
  for (const [at, part] of fromSide.entries()) {
    if (part.kind === 'gap') continue;
    if (part.kind === 'divider') {
      if (drafts.length >= blocks || left < dividerCharacters) return taken(fromSide.slice(at));
      drafts.push(null);
      left -= dividerCharacters;
      continue;
    }
    for (let rest: TextPart | undefined = part; rest !== undefined; ) {
      const piece: Piece =
        left < smallestPiece && rest.text.length > left
          ? { text: '', rest }
          : pieceOf(rest, Math.min(limits.sectionText, left));
      // A piece without text may nevertheless have lost white space; then the rest can be tried again.
      const stuck = piece.text === '' && (piece.rest?.text.length ?? 0) >= rest.text.length;
      if (stuck || (piece.text !== '' && !add(piece.text))) return taken([rest, ...fromSide.slice(at + 1)]);
      rest = piece.rest;
    }
  }
  return taken([]);

  function add(text: string): boolean {
    const last = drafts.at(-1);
    if (typeof last === 'string' && last.length + 2 + text.length <= limits.sectionText)
      drafts[drafts.length - 1] = joined(last, text);
    else if (drafts.length < blocks) drafts.push(text);
    else return false;
    // The line break between two pieces takes two characters.
    left -= text.length + 2;
    return true;
  }
}

const charactersOf = (drafts: readonly Draft[]): number =>
  drafts.reduce((sum, text) => sum + (text === null ? dividerCharacters : text.length + 2), 0);

function blocksOf(drafts: readonly Draft[], from = 0): MessageBlock[] {
  return drafts
    .filter((text) => text === null || isVisible(text))
    .map((text, at) =>
      text === null
        ? { type: 'divider', block_id: `carillon:body:${from + at}` }
        : section(`carillon:body:${from + at}`, text),
    );
}

/** Without what mrkdwn adds to the text. */
const visibleLength = (parts: readonly Part[]): number =>
  parts.reduce(
    (sum, part) =>
      'text' in part ? sum + part.text.replaceAll(zeroWidth, '').replace(/&(?:amp|lt|gt);/g, '&').length : sum,
    0,
  );
