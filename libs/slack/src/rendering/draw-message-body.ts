// Renders the body of a Slack message, the only part that may be expensive. Worker threads load this module, so it
// imports nothing but the Markdown parser and mrkdwn.
import { isVisible } from '@carillon/content';
import { mentionsByRef } from './find-mentions.ts';
import type { MessageMention } from './message-content.ts';
import { markdownAsWritten, readMarkdown, type DrawnMarkdown } from './read-markdown.ts';

export interface MessageBody {
  markdown: string;
  mentionablePeople: MessageMention[];
  /** How many characters of the content's body are not in `markdown`. */
  omitted: number;
}

export interface DrawnMessageBody extends DrawnMarkdown {
  omitted: number;
}

/** Expensive for a hostile body (parsing-cost.ts of @carillon/content). */
export const drawBody = ({ markdown, mentionablePeople, omitted }: MessageBody): DrawnMessageBody =>
  isVisible(markdown)
    ? { ...readMarkdown(markdown, mentionsByRef(mentionablePeople)), omitted }
    : { parts: [], words: '', omitted };

/** The Markdown itself as plain text, in one pass. */
export const drawPlainBody = ({ markdown, omitted }: MessageBody): DrawnMessageBody =>
  isVisible(markdown) ? { ...markdownAsWritten(markdown), omitted } : { parts: [], words: '', omitted };
