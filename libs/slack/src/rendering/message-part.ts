// The parts of a message's body, in order. A part has its format, which each of its pieces gets when it is split.

export interface TextPart {
  kind: 'text' | 'code' | 'quote';
  text: string;
}

export type Part = TextPart | { kind: 'divider' };
