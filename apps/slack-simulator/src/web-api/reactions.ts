/** reactions.add and reactions.remove. */
import { text } from './arguments.ts';
import { type Answer, type Call, type Method, refuse, tier } from './call.ts';
import { conversation } from './destination.ts';
import type { Message } from '../world/message.ts';

export const reactionMethods: Record<string, Method> = {
  'reactions.add': { limit: tier.three, scopes: ['reactions:write'], handle: add },
  'reactions.remove': { limit: tier.two, scopes: ['reactions:write'], handle: remove },
};

function add(call: Call): Answer {
  const item = readItem(call);
  if ('refusal' in item) return item.refusal;
  const reactions = (item.message.reactions ??= new Map<string, Set<string>>());
  let users = reactions.get(item.name);
  if (users === undefined) reactions.set(item.name, (users = new Set<string>()));
  if (users.has(call.token.user)) return refuse('already_reacted');
  users.add(call.token.user);
  return { ok: true };
}

function remove(call: Call): Answer {
  const item = readItem(call);
  if ('refusal' in item) return item.refusal;
  const users = item.message.reactions?.get(item.name);
  if (!users?.delete(call.token.user)) return refuse('no_reaction');
  if (users.size === 0) item.message.reactions?.delete(item.name);
  return { ok: true };
}

function readItem(call: Call): { message: Message; name: string } | { refusal: Answer } {
  const { args } = call;
  const name = (text(args, 'name') ?? '').replace(/^:|:$/g, '');
  if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(name)) return { refusal: refuse('invalid_name') };
  const ts = text(args, 'timestamp');
  if (ts === undefined) return { refusal: refuse('no_item_specified') };
  if (!/^\d+\.\d+$/.test(ts)) return { refusal: refuse('bad_timestamp') };
  const channel = conversation(call, text(args, 'channel'));
  if (channel === undefined) return { refusal: refuse('channel_not_found') };
  const message = channel.message(ts);
  if (message === undefined) return { refusal: refuse('message_not_found') };
  if (!channel.members.has(call.token.user)) return { refusal: refuse('not_in_channel') };
  if (channel.archived) return { refusal: refuse('is_archived') };
  return { message, name };
}
