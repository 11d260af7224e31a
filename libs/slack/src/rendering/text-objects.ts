// Slack's text objects, and the blocks that contain one text object.
import { shortenedPlain } from '@carillon/content';
import type { MessageBlock } from './message-content.ts';
import { plain } from './mrkdwn-escapes.ts';

/** `verbatim`: Slack does not turn names and addresses in the text into mentions and links. */
export function mrkdwn(text: string): object {
  return { type: 'mrkdwn', text, verbatim: true };
}

export function plainText(text: string, limit: number): object {
  return { type: 'plain_text', text: shortenedPlain(plain(text), limit), emoji: true };
}

export function section(blockId: string, text: string): MessageBlock {
  return { type: 'section', block_id: blockId, text: mrkdwn(text) };
}

export function context(blockId: string, text: string): MessageBlock {
  return { type: 'context', block_id: blockId, elements: [mrkdwn(text)] };
}

/** Beside files Slack takes no context block. */
export const note = (blockId: string, text: string, withFiles = false): MessageBlock =>
  withFiles ? section(blockId, text) : context(blockId, text);

/** The number of characters in all visible texts, down to the given depth. */
export function charactersIn(blocks: unknown, deepest = 20): number {
  if (typeof blocks !== 'object' || blocks === null || deepest === 0) return 0;
  let sum = 0;
  for (const [name, value] of Object.entries(blocks))
    sum += name === 'text' && typeof value === 'string' ? value.length : charactersIn(value, deepest - 1);
  return sum;
}
