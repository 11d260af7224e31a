// Slack's text objects, and the blocks that hold nothing but one.
import { shortenedPlain } from '@carillon/content';
import type { MessageBlock } from './message-content.ts';
import { plain } from './mrkdwn-escapes.ts';

/** `verbatim`: Slack must not look for names and addresses in the text itself. */
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

/** The characters of all texts that people read. Texts deeper than blocks of any kind go are not looked for. */
export function charactersIn(blocks: unknown, deepest = 20): number {
  if (typeof blocks !== 'object' || blocks === null || deepest === 0) return 0;
  let sum = 0;
  for (const [name, value] of Object.entries(blocks))
    sum += name === 'text' && typeof value === 'string' ? value.length : charactersIn(value, deepest - 1);
  return sum;
}
