// The name under which a message is posted, Slack's `username`. Guarantees: it does not look like a mention and has no
// control or direction characters, so that Slack shows it unchanged.
import { isVisible, shortenedPlain } from '@carillon/content';
import { plainLine } from '@carillon/domain';
import { plain } from './mrkdwn-escapes.ts';

const longestName = 80;

/** @returns undefined for a name without visible characters */
export const senderName = (name: string): string | undefined =>
  isVisible(name) ? shortenedPlain(plain(plainLine(name)), longestName) : undefined;
