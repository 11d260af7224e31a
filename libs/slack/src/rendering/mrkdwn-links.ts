// Links and mentions in mrkdwn. Guarantees: an address becomes a link by the rules of @carillon/content; anything else
// stays text, so that `[x](!channel)` is never a mention.
import { followableAddress, isVisible, oneLine, splitByAddress, webAddress as webAddressOf } from '@carillon/content';
import { limits } from './limits.ts';
import { shortened } from './mrkdwn-cuts.ts';
import { escaped, literal } from './mrkdwn-escapes.ts';

/** A link is never cut in two, so its address and label together must be shorter than the pieces of a text. */
const longestInText = 2000;
const longestLabel = 500;

/** @returns the address as Slack accepts it; undefined for one that is no web address or too long for Slack */
export function webAddress(href: string): string | undefined {
  const address = webAddressOf(href);
  return address !== undefined && address.length <= limits.url ? address : undefined;
}

/** @returns undefined for an address that nobody can follow, and for one that is too long for a text */
export function link(href: string, label: string, longest = longestLabel): string | undefined {
  const followable = followableAddress(href);
  if (followable === undefined || followable.length > limits.url) return undefined;
  const address = escaped(followable);
  if (address.length > longestInText) return undefined;
  const text = oneLine(label);
  return isVisible(text) && text !== href ? `<${address}|${shortened(literal(text), longest)}>` : `<${address}>`;
}

/** Literal text in which addresses become links. */
export function literalWithLinks(text: string): string {
  return splitByAddress(text)
    .map((part, at) => (at % 2 === 1 ? (link(part, part) ?? literal(part)) : literal(part)))
    .join('');
}

/** `<@U…>`; without a user's id, the name as plain text. */
export function mention(slackUserId: string | undefined, name: string): string {
  return isUser(slackUserId) ? `<@${slackUserId}>` : literal(`@${oneLine(name)}`);
}

export function isUser(slackUserId: string | undefined): slackUserId is string {
  return slackUserId !== undefined && /^[UW][A-Z0-9]{2,}$/.test(slackUserId);
}
