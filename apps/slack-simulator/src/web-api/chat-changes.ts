/** chat.update, chat.delete and chat.getPermalink: what happens to a message after it was posted. */
import { text } from './arguments.ts';
import { type Answer, type Call, type Method, refuse, tier } from './call.ts';
import { conversation } from './destination.ts';
import { readContent } from './message-content.ts';
import { messageObject } from './message-object.ts';
import { nextTs } from '../world/ids.ts';
import type { Message } from '../world/message.ts';

/** In bytes of UTF-8. Seen, not documented: 3,971 are taken and 4,121 are refused. */
const longestUpdate = 4000;

export const messageMethods: Record<string, Method> = {
  'chat.update': { limit: tier.three, scopes: ['chat:write'], handle: update },
  'chat.delete': { limit: tier.three, scopes: ['chat:write'], handle: remove },
  'chat.getPermalink': { limit: 600, handle: permalink },
};

function update(call: Call): Answer {
  const { sim, args, workspace, token } = call;
  const channel = conversation(call, text(args, 'channel'));
  if (channel === undefined) return refuse('channel_not_found');
  const message = channel.thread(text(args, 'ts') ?? '');
  if (message === undefined) return refuse('message_not_found');
  // The author of a tombstone is Slackbot, whoever wrote the message.
  if (message.author !== token.user || message.deleted) return refuse('cant_update_message');
  if (channel.archived) return refuse('is_inactive');
  if (isPast(message, sim.limits.settings.editWindowSeconds, call.receivedAt)) return refuse('edit_window_closed');
  const content = readContent(args);
  if ('refusal' in content) return content.refusal;
  if (content.text === undefined && content.blocks === undefined && content.attachments === undefined)
    return refuse('no_text');
  if (content.text !== undefined && Buffer.byteLength(content.text) > longestUpdate) return refuse('msg_too_long');
  if (content.text !== undefined) message.text = content.text;
  // Fields that are not given stay; an empty list removes the content.
  if (content.blocks !== undefined) {
    if (content.blocks.length > 0) message.blocks = content.blocks;
    else delete message.blocks;
  }
  if (content.attachments !== undefined) {
    if (content.attachments.length > 0) message.attachments = content.attachments;
    else delete message.attachments;
  }
  if (content.metadata === 'none') delete message.metadata;
  else if (content.metadata !== undefined) message.metadata = content.metadata;
  message.edited = { user: token.user, ts: nextTs() };
  return {
    ok: true,
    channel: channel.id,
    ts: message.ts,
    text: message.text,
    message: messageObject(sim.app, sim.world, workspace, message, true),
  };
}

function isPast(message: Message, windowSeconds: number | null, now: number): boolean {
  return windowSeconds !== null && Math.max(0, now - Number(message.ts) * 1000) >= windowSeconds * 1000;
}

function remove(call: Call): Answer {
  const { args, token } = call;
  const channel = conversation(call, text(args, 'channel'));
  if (channel === undefined) return refuse('channel_not_found');
  const message = channel.thread(text(args, 'ts') ?? '');
  if (message === undefined) return refuse('message_not_found');
  if (message.author !== token.user || message.deleted) return refuse('cant_delete_message');
  channel.remove(message);
  return { ok: true, channel: channel.id, ts: message.ts };
}

function permalink(call: Call): Answer {
  const channel = conversation(call, text(call.args, 'channel'));
  if (channel === undefined) return refuse('channel_not_found');
  const message = channel.message(text(call.args, 'message_ts') ?? '');
  if (message === undefined) return refuse('message_not_found');
  const thread = message.threadTs === undefined ? '' : `?thread_ts=${message.threadTs}&cid=${channel.id}`;
  return {
    ok: true,
    channel: channel.id,
    permalink: `https://${call.workspace.domain}.slack.com/archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`,
  };
}
