// Links and mentions in mrkdwn. Only addresses that a person may follow become links; anything else stays text, so
// that `[x](!channel)` is never a mention.
import { clean, escaped, isVisible, literal, oneLine } from './characters.ts';
import { shortened } from './cuts.ts';
import { limits } from './limits.ts';

/** A link is never cut in two, so that with its label it must fit where text is cut. */
const longestInText = 2000;
const longestLabel = 500;

/** @returns the address as Slack takes it, or undefined for one that is no link */
export function webAddress(href: string): string | undefined {
  const address = encoded(href);
  return /^https?:\/\/[^/]/i.test(address) && address.length <= limits.url && URL.canParse(address)
    ? address
    : undefined;
}

/** @returns undefined for what nobody can follow, and for what is too long to stand in text */
export function link(href: string, label: string, longest = longestLabel): string | undefined {
  const followable = webAddress(href) ?? (/^(?:mailto|tel):[^\s]+$/i.test(encoded(href)) ? encoded(href) : undefined);
  if (followable === undefined) return undefined;
  const address = escaped(followable);
  if (address.length > longestInText) return undefined;
  const text = oneLine(clean(label));
  return isVisible(text) && text !== href ? `<${address}|${shortened(literal(text), longest)}>` : `<${address}>`;
}

/** Text of no format in which bare addresses become links. */
export function literalWithLinks(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>|"'`]*[^\s<>|"'`.,;:!?)\]])/i)
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

function encoded(href: string): string {
  return clean(href)
    .trim()
    .replace(/[\s<>|`\p{Cf}]/gu, (character) => encodeURIComponent(character));
}
