/** Adds a message to a conversation. No other code creates messages. */
import type { Simulation } from '../simulation.ts';
import type { Channel } from '../world/channel.ts';
import { nextTs } from '../world/ids.ts';
import type { Message } from '../world/message.ts';

export type Draft = Omit<Message, 'ts' | 'channel'>;

export function post({ limits: { settings } }: Pick<Simulation, 'limits'>, channel: Channel, draft: Draft): Message {
  const message: Message = { ts: nextTs(settings.clockSkewSeconds), channel: channel.id, ...draft };
  channel.add(message);
  return message;
}
