/** Puts a message into a conversation: the only place where messages are made. */
import type { Simulation } from '../simulation.ts';
import type { Channel } from '../world/channel.ts';
import { nextTs } from '../world/ids.ts';
import type { Message } from '../world/message.ts';
import type { Workspace } from '../world/workspace.ts';

export type Draft = Omit<Message, 'ts' | 'channel'>;

export function post(_sim: Simulation, _workspace: Workspace, channel: Channel, draft: Draft): Message {
  const message: Message = { ts: nextTs(), channel: channel.id, ...draft };
  channel.add(message);
  if (message.threadTs !== undefined) {
    const parent = channel.message(message.threadTs);
    if (parent !== undefined) (parent.replies ??= []).push(message.ts);
  }
  return message;
}
