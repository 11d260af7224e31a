// The name that a message is posted under, Slack's `username`. Guarantees: it reads like no mention and holds no
// control or direction characters; Slack shows it as it is.
import { isVisible, shortenedPlain } from '@carillon/content';
import { plainLine } from '@carillon/domain';
import { plain } from './mrkdwn-escapes.ts';

const longestName = 80;

/** @returns undefined for a name that nobody would see */
export const senderName = (name: string): string | undefined =>
  isVisible(name) ? shortenedPlain(plain(plainLine(name)), longestName) : undefined;
