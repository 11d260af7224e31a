// What goes to Slack beside blocks that a producer wrote itself: the fallback text and the sender's name. Guarantees:
// neither can mention anybody, neither holds control or direction characters, and neither is empty: what nobody would
// see is replaced (title) or left out (name).
import { plainLine } from '@carillon/domain';
import { isVisible, literal, plain, unquoted } from './characters.ts';
import { emptyText } from './content.ts';
import { shortened, shortenedPlain } from './cuts.ts';
import { limits } from './limits.ts';

const longestName = 80;

/** What notifications and screen readers say: the title, escaped for mrkdwn. */
export function fallbackText(title: string): string {
  const line = plainLine(title);
  return shortened(unquoted(literal(isVisible(line) ? line : emptyText)), limits.fallbackText);
}

/** `username` of a message: Slack shows it as it is written. Undefined for a name that nobody would see. */
export const senderName = (name: string): string | undefined =>
  isVisible(name) ? shortenedPlain(plain(plainLine(name)), longestName) : undefined;
