// The people a body refers to, `[Ada](member:ada)`: each such link becomes a mention of whoever this workspace knows by
// that reference, else the plain name. Promises: a reference never becomes a link; a body without one costs one search.
import { walkTokens, type Token, type Tokens } from 'marked';
import { isVisible } from './characters.ts';
import type { MessageMention } from './content.ts';
import { decoded } from './html.ts';
import { words } from './inline.ts';

export type People = ReadonlyMap<string, MessageMention>;

export function peopleByRef(...lists: readonly (readonly MessageMention[] | undefined)[]): People {
  const people = new Map<string, MessageMention>();
  for (const list of lists) for (const one of list ?? []) if (one.ref !== undefined) people.set(one.ref, one);
  return people;
}

/** Turns such links into tokens of type `mention`, in place. */
export function findMentions(tokens: Token[], markdown: string, people: People): void {
  if (!/(?:member|email):/.test(markdown)) return;
  void walkTokens(tokens, (token) => {
    const link = token as Tokens.Generic;
    if (link.type !== 'link' || link['autolink'] === true) return;
    const [, kind, id = ''] = /^(member|email):(.+)$/s.exec(decoded(String(link['href']))) ?? [];
    if (kind === undefined) return;
    const known = people.get(kind === 'member' ? `member:${id}` : `email:${id.trim().toLowerCase()}`);
    const name = [known?.name, words(link.tokens)].find((text) => text !== undefined && isVisible(text)) ?? id;
    Object.assign(link, { type: 'mention', text: name, slackUserId: known?.slackUserId, tokens: undefined });
  });
}
