// The parts of a message's body, in order. A part knows how it is drawn, so that it can be split without losing that.

export interface TextPart {
  kind: 'text' | 'code' | 'quote';
  text: string;
}

export type Part = TextPart | { kind: 'divider' };
