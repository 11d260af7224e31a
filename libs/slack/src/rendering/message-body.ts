// The part of a content's body that is rendered. Guarantees: it is little longer than what can be shown; people are in
// it only if the body refers to people, so that equal bodies are equal as JSON. draw-message-body.ts renders it.
import { beginningOf, isVisible } from '@carillon/content';
import { plainLine } from '@carillon/domain';
import type { MessageBody } from './draw-message-body.ts';
import { mentionsByRef } from './find-mentions.ts';
import type { MessageContent, MessageMention, RenderOptions } from './message-content.ts';

export const bodyLimitOf = ({ bodyLimit = 12_000 }: RenderOptions): number => bodyLimit;

export function messageBodyOf({ body = '', mentions }: MessageContent, options: RenderOptions = {}): MessageBody {
  // The rest is not parsed, because parsing Markdown takes more than linear time.
  const markdown = beginningOf(body, bodyLimitOf(options) * 1.25);
  const people = /(?:member|email):/.test(markdown)
    ? mentionsByRef(options.mentionablePeople, mentions)
    : new Map<string, MessageMention>();
  return {
    markdown,
    mentionablePeople: [...people.values()].map((person) => ({ ...person, name: plainLine(person.name) })),
    complete: !isVisible(body.slice(markdown.length)),
  };
}
