// The parts of a message's body, in order. A part has its format, which each of its pieces gets when it is split.

export interface TextPart {
  kind: 'text' | 'code' | 'quote';
  text: string;
}

/** `gap`: something is left out here (head-and-tail.ts of @carillon/content). */
export type Part = TextPart | { kind: 'divider' } | { kind: 'gap' };
