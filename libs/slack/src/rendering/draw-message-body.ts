// The body of a Slack message, drawn: the only part of the message that may be expensive. Worker threads load this
// module, so it imports nothing but the Markdown parser and mrkdwn.
import { isVisible } from '@carillon/content';
import { mentionsByRef } from './find-mentions.ts';
import type { MessageMention } from './message-content.ts';
import { markdownAsWritten, readMarkdown, type DrawnMarkdown } from './read-markdown.ts';

export interface MessageBody {
  markdown: string;
  people: MessageMention[];
  /** Nothing of the content's body is left out. */
  complete: boolean;
}

export interface DrawnMessageBody extends DrawnMarkdown {
  complete: boolean;
}

/** Expensive for a hostile body (parsing-cost.ts of @carillon/content). */
export const drawBody = ({ markdown, people, complete }: MessageBody): DrawnMessageBody =>
  isVisible(markdown)
    ? { ...readMarkdown(markdown, mentionsByRef(people)), complete }
    : { parts: [], words: '', complete };

/** The same words as they were written, in one pass. */
export const drawPlainBody = ({ markdown, complete }: MessageBody): DrawnMessageBody =>
  isVisible(markdown) ? { ...markdownAsWritten(markdown), complete } : { parts: [], words: '', complete };
