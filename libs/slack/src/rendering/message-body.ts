// The part of a content's body that is rendered: all of it, or its head and its tail. Guarantees: it is little longer
// than what can be shown; people are in it only if the body refers to people, so that equal bodies are equal as JSON.
// draw-message-body.ts renders it.
import { headAndTail } from '@carillon/content';
import { plainLine } from '@carillon/domain';
import type { MessageBody } from './draw-message-body.ts';
import { mentionsByRef } from './find-mentions.ts';
import { limits } from './limits.ts';
import type { MessageContent, MessageMention, RenderOptions } from './message-content.ts';

export const bodyLimitOf = ({ bodyLimit = limits.allText }: RenderOptions): number => bodyLimit;

export function messageBodyOf({ body = '', mentions }: MessageContent, options: RenderOptions = {}): MessageBody {
  // The rest is not parsed, because parsing Markdown takes more than linear time.
  const { markdown, omitted } = headAndTail(body.trimEnd(), bodyLimitOf(options) * 1.25);
  const people = /(?:member|email):/.test(markdown)
    ? mentionsByRef(options.mentionablePeople, mentions)
    : new Map<string, MessageMention>();
  return {
    markdown,
    mentionablePeople: [...people.values()].map((person) => ({ ...person, name: plainLine(person.name) })),
    omitted,
  };
}
