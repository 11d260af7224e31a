/** Adds a message to a conversation. No other code creates messages. */
import type { Channel } from '../world/channel.ts';
import { nextTs } from '../world/ids.ts';
import type { Message } from '../world/message.ts';

export type Draft = Omit<Message, 'ts' | 'channel'>;

export function post(channel: Channel, draft: Draft): Message {
  const message: Message = { ts: nextTs(), channel: channel.id, ...draft };
  channel.add(message);
  return message;
}
