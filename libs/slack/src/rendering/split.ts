// Long text in pieces that each fit, cut where a reader would: between paragraphs, lines, sentences, words.
import { wholeCharacters } from './characters.ts';
import type { Part } from './markdown.ts';

const fence = '```';

/** The pieces of one part as mrkdwn, drawn whole: code is fenced and a quotation marked in each of them. */
export function drawn(part: Exclude<Part, { kind: 'divider' }>, limit: number): string[] {
  switch (part.kind) {
    case 'text':
      return split(part.text, limit);
    case 'code':
      return split(part.text, limit - 2 * fence.length - 2).map((piece) => `${fence}\n${piece}\n${fence}`);
    case 'quote':
      return split(quoted(part.text), limit - 2).map((piece) => (piece.startsWith('>') ? piece : `> ${piece}`));
  }
}

export function split(text: string, limit: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > limit) {
    const at = boundary(rest, limit);
    // Nothing that can be kept whole fits; what is left is one unit longer than a whole piece.
    if (at === 0) break;
    pieces.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).replace(/^\s*\n|^ +/, '');
  }
  if (rest.length <= limit) pieces.push(rest.trimEnd());
  return pieces.filter((piece) => piece !== '');
}

function boundary(text: string, limit: number): number {
  const window = text.slice(0, limit);
  for (const [mark, kept] of [['\n\n', 0], ['\n', 0], ['. ', 1], [' ', 0]] as const) {
    const at = window.lastIndexOf(mark);
    // A boundary in the first half would waste too much of the piece.
    if (at > limit / 2 && wholeCharacters(text, at + kept) === at + kept) return at + kept;
  }
  return wholeCharacters(text, limit);
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}
