/** chat.postMessage and chat.postEphemeral. */
import { text } from './arguments.ts';
import { type Answer, type Call, type Method, rateLimited, refuse, tier } from './call.ts';
import { destination } from './destination.ts';
import { type Content, longestText, readContent } from './message-content.ts';
import { messageObject } from './message-object.ts';
import { post, type Draft } from './post.ts';
import { readSender, type Sender } from './sender.ts';
import { readThread } from './thread.ts';
import type { Channel } from '../world/channel.ts';

export const chatMethods: Record<string, Method> = {
  'chat.postMessage': { limit: 'posting', scopes: ['chat:write'], handle: postMessage },
  'chat.postEphemeral': { limit: tier.four, scopes: ['chat:write'], handle: postEphemeral },
};

function postMessage(call: Call): Answer {
  const { sim, args, workspace, now } = call;
  const sender = readSender(call);
  if ('refusal' in sender) return sender.refusal;
  const found = destination(call, text(args, 'channel'));
  if ('refusal' in found) return found.refusal;
  const { channel } = found;
  const wait = sim.limits.takeChannel(workspace.id, call.method, channel.id, now);
  if (wait > 0) return rateLimited(wait);
  const read = readDraft(call, channel, sender);
  if ('refusal' in read) return read.refusal;
  const { draft } = read;
  const truncated = draft.text.length > longestText;
  if (truncated) draft.text = draft.text.slice(0, longestText);
  const message = post(sim, channel, draft);
  const answer: Answer = {
    ok: true,
    channel: channel.id,
    ts: message.ts,
    message: messageObject(sim.app, sim.world, workspace, message, true),
  };
  if (truncated) {
    answer.warning = 'message_truncated';
    answer.response_metadata = { warnings: ['message_truncated'] };
  }
  return answer;
}

/** A message that is too long is shortened, but an ephemeral one is refused. */
function postEphemeral(call: Call): Answer {
  const { args, workspace } = call;
  const sender = readSender(call);
  if ('refusal' in sender) return sender.refusal;
  const found = destination(call, text(args, 'channel'));
  if ('refusal' in found) return found.refusal;
  const person = text(args, 'user');
  if (person === undefined || workspace.user(person) === undefined || !found.channel.members.has(person))
    return refuse('user_not_in_channel');
  const read = readDraft(call, found.channel, sender);
  if ('refusal' in read) return read.refusal;
  if (read.draft.text.length > longestText) return refuse('msg_too_long');
  const message = post(call.sim, found.channel, { ...read.draft, ephemeralTo: person });
  return { ok: true, message_ts: message.ts };
}

function readDraft(call: Call, channel: Channel, sender: Sender): { draft: Draft } | { refusal: Answer } {
  const { args, token, home } = call;
  const content = readContent(args);
  if ('refusal' in content) return content;
  if (isEmpty(content)) return { refusal: refuse('no_text') };
  const place = readThread(call, channel);
  if ('refusal' in place) return place;
  const draft: Draft = {
    author: token.user,
    text: content.text ?? '',
    receivedAt: call.receivedAt,
    ...sender,
    ...place,
  };
  if (token.kind === 'bot') draft.botId = home.ownBot.id;
  if (content.blocks !== undefined && content.blocks.length > 0) draft.blocks = content.blocks;
  if (content.attachments !== undefined && content.attachments.length > 0) draft.attachments = content.attachments;
  if (content.metadata !== undefined && content.metadata !== 'none') draft.metadata = content.metadata;
  return { draft };
}

function isEmpty(content: Content): boolean {
  return content.text === undefined && !content.blocks?.length && !content.attachments?.length;
}
