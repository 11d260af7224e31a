// What is read of a content's body. Guarantees: it is short enough to be shown nearly whole, and people are in it only
// if the body refers to people, so that equal bodies are equal as JSON. draw-message-body.ts draws it.
import { beginningOf, isVisible } from '@carillon/content';
import { plainLine } from '@carillon/domain';
import type { MessageBody } from './draw-message-body.ts';
import { mentionsByRef } from './find-mentions.ts';
import type { MessageContent, MessageMention, RenderOptions } from './message-content.ts';

export const mostOfBody = ({ bodyLimit = 12_000 }: RenderOptions): number => bodyLimit;

export function bodyOf({ body = '', mentions }: MessageContent, options: RenderOptions = {}): MessageBody {
  // What cannot be shown is not read either: parsing Markdown costs more than its length.
  const markdown = beginningOf(body, mostOfBody(options) * 1.25);
  const people = /(?:member|email):/.test(markdown)
    ? mentionsByRef(options.people, mentions)
    : new Map<string, MessageMention>();
  return {
    markdown,
    people: [...people.values()].map((person) => ({ ...person, name: plainLine(person.name) })),
    complete: !isVisible(body.slice(markdown.length)),
  };
}
