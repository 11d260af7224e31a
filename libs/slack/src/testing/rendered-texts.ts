// The texts of a rendered message, for specs.
import type { RenderedMessage } from '../rendering/message-content.ts';

/** The texts that Slack reads as mrkdwn. */
export function mrkdwnOf(message: RenderedMessage): string[] {
  const found: string[] = [];
  JSON.stringify(message.blocks, (_key, value: unknown) => {
    if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'mrkdwn' && 'text' in value)
      found.push(String(value.text));
    return value;
  });
  return found;
}

/** Every text of the blocks. */
export function visibleTextsOf(message: RenderedMessage): string[] {
  const found: string[] = [];
  JSON.stringify(message.blocks, (key, value: unknown) => {
    if (key === 'text' && typeof value === 'string') found.push(value);
    return value;
  });
  return found;
}
