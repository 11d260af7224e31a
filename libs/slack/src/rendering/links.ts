// Links and mentions in mrkdwn. Only addresses that a person may follow become links; anything else stays text, so
// that `[x](!channel)` is never a mention.
import { clean, escaped, literal, oneLine, plain, shortened } from './characters.ts';
import { limits } from './limits.ts';

const longestUrl = 2000;
const longestLabel = 500;

/** @returns the address as Slack takes it, or undefined for one that is no link */
export function webAddress(href: string, longest: number = limits.url): string | undefined {
  const address = encoded(href);
  return /^https?:\/\/[^/]/i.test(address) && address.length <= longest && URL.canParse(address) ? address : undefined;
}

export function link(href: string, label: string): string {
  const address = encoded(href);
  const followable = webAddress(href, longestUrl) ?? (/^(mailto|tel):[^\s]+$/i.test(address) && address.length <= longestUrl ? address : undefined);
  const text = oneLine(clean(label));
  if (followable === undefined) return literal(text || href);
  const shown = shortened(escaped(plain(text)), longestLabel);
  return shown === '' || text === href ? `<${escaped(followable)}>` : `<${escaped(followable)}|${shown}>`;
}

/** Text of no format in which bare addresses become links. */
export function literalWithLinks(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>|"'`]*[^\s<>|"'`.,;:!?)\]])/i)
    .map((part, at) => (at % 2 === 1 ? link(part, part) : literal(part)))
    .join('');
}

/** `<@U…>`; for what is not a user's id, the name as plain text. */
export function mention(slackUserId: string, name: string): string {
  return /^[UW][A-Z0-9]{2,}$/.test(slackUserId) ? `<@${slackUserId}>` : `@${literal(oneLine(name))}`;
}

function encoded(href: string): string {
  return clean(href)
    .trim()
    .replace(/[\s<>|\p{Cf}]/gu, (character) => encodeURIComponent(character));
}
