// Renders the body of a Slack message, the only part that may be expensive. Worker threads load this module, so it
// imports nothing but the Markdown parser and mrkdwn.
import { isVisible } from '@carillon/content';
import { mentionsByRef } from './find-mentions.ts';
import type { MessageMention } from './message-content.ts';
import { markdownAsWritten, readMarkdown, type DrawnMarkdown } from './read-markdown.ts';

export interface MessageBody {
  markdown: string;
  mentionablePeople: MessageMention[];
  /** Whether the content's whole body is in `markdown`. */
  complete: boolean;
}

export interface DrawnMessageBody extends DrawnMarkdown {
  complete: boolean;
}

/** Expensive for a hostile body (parsing-cost.ts of @carillon/content). */
export const drawBody = ({ markdown, mentionablePeople, complete }: MessageBody): DrawnMessageBody =>
  isVisible(markdown)
    ? { ...readMarkdown(markdown, mentionsByRef(mentionablePeople)), complete }
    : { parts: [], words: '', complete };

/** The Markdown itself as plain text, in one pass. */
export const drawPlainBody = ({ markdown, complete }: MessageBody): DrawnMessageBody =>
  isVisible(markdown) ? { ...markdownAsWritten(markdown), complete } : { parts: [], words: '', complete };
