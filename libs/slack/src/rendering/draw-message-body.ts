// The body of a Slack message, drawn: all of the message that may be expensive. It is loaded by worker threads, so that
// it takes nothing but the Markdown parser with it.
import { isVisible } from './characters.ts';
import type { MessageMention } from './content.ts';
import { asWritten, read, type ReadMarkdown } from './markdown.ts';
import { peopleByRef } from './people.ts';

export interface MessageBody {
  markdown: string;
  people: MessageMention[];
  /** Nothing of the content's body is left out. */
  complete: boolean;
}

export interface DrawnMessageBody extends ReadMarkdown {
  complete: boolean;
}

/** Expensive where somebody wants it to be (budget/parsing-cost.ts). */
export const drawBody = ({ markdown, people, complete }: MessageBody): DrawnMessageBody =>
  isVisible(markdown) ? { ...read(markdown, peopleByRef(people)), complete } : { parts: [], words: '', complete };

/** The same words as they were written, in one pass. */
export const drawPlainBody = ({ markdown, complete }: MessageBody): DrawnMessageBody =>
  isVisible(markdown) ? { ...asWritten(markdown), complete } : { parts: [], words: '', complete };
