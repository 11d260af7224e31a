// The fallback text beside blocks that a producer wrote itself. Guarantees: it mentions nobody, holds no control or
// direction characters, and is never empty.
import { isVisible } from '@carillon/content';
import { plainLine } from '@carillon/domain';
import { limits } from './limits.ts';
import { emptyText } from './message-content.ts';
import { shortenedToBytes } from './mrkdwn-cuts.ts';
import { literal, unquoted } from './mrkdwn-escapes.ts';

/** What notifications and screen readers say: the title, escaped for mrkdwn. */
export function fallbackText(title: string): string {
  const line = plainLine(title);
  return shortenedToBytes(unquoted(literal(isVisible(line) ? line : emptyText)), limits.fallbackBytes);
}
