// Shortens Markdown that is too long: its head and its tail stay, since a log ends with the cause. Guarantees: cuts are
// between lines or words where there are any; a fenced code block that spans a cut is code on both sides; the gap is a
// paragraph of its own (`gapMark`), which renderers replace by a line that says how much is missing. It takes time in
// proportion to the length of the text and does not parse it.
import { isVisible } from './characters.ts';
import { beginningOf, wholeCharacters } from './cuts.ts';

/** A character that text never holds (a noncharacter of Unicode), as a paragraph in place of what is left out. */
export const gapMark = '\ufdd0';

export interface HeadAndTail {
  /** With the gap in it, where something is left out. */
  markdown: string;
  /** The number of characters that are left out; 0 where nothing visible is. */
  omitted: number;
}

/** Of what fits, so much is the tail. */
const tailShare = 1 / 3;
/** A character or the name of an emoji is shorter (cuts.ts). */
const longestUnit = 130;

export function headAndTail(markdown: string, limit: number): HeadAndTail {
  if (markdown.length <= limit) return { markdown: withoutMark(markdown), omitted: 0 };
  const head = beginningOf(markdown, limit * (1 - tailShare));
  const tail = endOf(markdown, limit * tailShare);
  const open = openFence(markdown.slice(0, markdown.length - tail.length));
  const openInHead = openFence(head);
  const parts = [
    withoutMark(head),
    ...(openInHead === undefined ? [] : [openInHead]),
    '',
    gapMark,
    '',
    ...(open === undefined ? [] : [open]),
    withoutMark(tail),
  ];
  const between = markdown.slice(head.length, markdown.length - tail.length);
  return { markdown: parts.join('\n'), omitted: isVisible(between) ? between.length : 0 };
}

const withoutMark = (text: string): string => (text.includes(gapMark) ? text.replaceAll(gapMark, '') : text);

/** The longest end that fits, from the beginning of a line or of a word where there is one in its first half. */
function endOf(text: string, limit: number): string {
  const from = text.length - Math.floor(limit);
  const until = from + limit / 2;
  for (const mark of ['\n', ' ']) {
    const at = text.indexOf(mark, from - 1);
    if (at >= 0 && at < until) return text.slice(at + 1);
  }
  for (let at = from; at < text.length && at < from + longestUnit; at += 1)
    if (wholeCharacters(text, at) === at) return text.slice(at);
  return '';
}

/** The fence of the code block that is open at the end of the text. */
function openFence(text: string): string | undefined {
  let open: string | undefined;
  for (const { 1: fence = '', 2: rest = '' } of text.matchAll(/^ {0,3}(`{3,}|~{3,})(.*)$/gm)) {
    if (open === undefined) open = fence[0] === '`' && rest.includes('`') ? undefined : fence;
    else if (fence[0] === open[0] && fence.length >= open.length && rest.trim() === '') open = undefined;
  }
  return open;
}
