// References to people in a body, `[Ada](member:ada)`. Each becomes a mention of the Slack user that this workspace has
// for the reference, or the plain name where there is none. Guarantees: a reference never becomes a link; a body
// without references costs one search.
import { decodeEntities, isVisible, walkTokens, words, type Token, type Tokens } from '@carillon/content';
import type { MessageMention } from './message-content.ts';

export type MentionsByRef = ReadonlyMap<string, MessageMention>;

export function mentionsByRef(...lists: readonly (readonly MessageMention[] | undefined)[]): MentionsByRef {
  const people = new Map<string, MessageMention>();
  for (const list of lists) for (const one of list ?? []) if (one.ref !== undefined) people.set(one.ref, one);
  return people;
}

/** Turns such links into tokens of type `mention`, in place. */
export function findMentions(tokens: Token[], markdown: string, people: MentionsByRef): void {
  if (!/(?:member|email):/.test(markdown)) return;
  void walkTokens(tokens, (token) => {
    const link = token as Tokens.Generic;
    if (link.type !== 'link' || link['autolink'] === true) return;
    const [, kind, id = ''] = /^(member|email):(.+)$/s.exec(decodeEntities(String(link['href']))) ?? [];
    if (kind === undefined) return;
    const known = people.get(kind === 'member' ? `member:${id}` : `email:${id.trim().toLowerCase()}`);
    const name = [known?.name, words(link.tokens)].find((text) => text !== undefined && isVisible(text)) ?? id;
    Object.assign(link, { type: 'mention', text: name, slackUserId: known?.slackUserId, tokens: undefined });
  });
}
