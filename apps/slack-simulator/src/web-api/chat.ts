/** chat.postMessage and chat.postEphemeral. */
import { flag, text } from './arguments.ts';
import { type Answer, type Call, type Method, missingScope, rateLimited, refuse, tier } from './call.ts';
import { destination } from './destination.ts';
import { type Content, longestText, readContent } from './message-content.ts';
import { messageObject } from './message-object.ts';
import { post, type Draft } from './post.ts';
import type { Channel } from '../world/channel.ts';

export const chatMethods: Record<string, Method> = {
  'chat.postMessage': { limit: 'posting', scopes: ['chat:write'], handle: postMessage },
  'chat.postEphemeral': { limit: tier.four, scopes: ['chat:write'], handle: postEphemeral },
};

function postMessage(call: Call): Answer {
  const { sim, args, workspace, now } = call;
  const found = destination(call, text(args, 'channel'));
  if ('refusal' in found) return found.refusal;
  const { channel } = found;
  const wait = sim.limits.takeChannel(workspace.id, call.method, channel.id, now);
  if (wait > 0) return rateLimited(wait);
  const draft = readDraft(call, channel);
  if ('refusal' in draft) return draft.refusal;
  const message = post(sim, workspace, channel, draft.draft);
  const answer: Answer = {
    ok: true,
    channel: channel.id,
    ts: message.ts,
    message: messageObject(sim.app, sim.world, workspace, message, true),
  };
  if (draft.truncated) {
    answer.warning = 'message_truncated';
    answer.response_metadata = { warnings: ['message_truncated'] };
  }
  return answer;
}

function postEphemeral(call: Call): Answer {
  const { sim, args, workspace } = call;
  const found = destination(call, text(args, 'channel'));
  if ('refusal' in found) return found.refusal;
  const person = text(args, 'user');
  if (person === undefined || workspace.user(person) === undefined || !found.channel.members.has(person))
    return refuse('user_not_in_channel');
  const draft = readDraft(call, found.channel);
  if ('refusal' in draft) return draft.refusal;
  const message = post(sim, workspace, found.channel, { ...draft.draft, ephemeralTo: person });
  return { ok: true, message_ts: message.ts };
}

function readDraft(call: Call, channel: Channel): { draft: Draft; truncated: boolean } | { refusal: Answer } {
  const { args, token, workspace } = call;
  const content = readContent(args);
  if ('refusal' in content) return content;
  if (isEmpty(content)) return { refusal: refuse('no_text') };
  const draft: Draft = { author: token.user, text: content.text ?? '', receivedAt: call.receivedAt };
  if (token.kind === 'bot') draft.botId = workspace.botId;
  if (content.blocks !== undefined && content.blocks.length > 0) draft.blocks = content.blocks;
  if (content.attachments !== undefined && content.attachments.length > 0) draft.attachments = content.attachments;
  if (content.metadata !== undefined && content.metadata !== 'none') draft.metadata = content.metadata;
  const sender = readSender(call, draft);
  if (sender !== undefined) return { refusal: sender };
  const thread = readThread(call, channel, draft);
  if (thread !== undefined) return { refusal: thread };
  const truncated = draft.text.length > longestText;
  if (truncated) draft.text = draft.text.slice(0, longestText);
  return { draft, truncated };
}

function isEmpty(content: Content): boolean {
  return content.text === undefined && !content.blocks?.length && !content.attachments?.length;
}

function readSender(call: Call, draft: Draft): Answer | undefined {
  const { args } = call;
  if (args.username === undefined && args.icon_url === undefined && args.icon_emoji === undefined) return undefined;
  const username = text(args, 'username');
  const url = text(args, 'icon_url');
  const emoji = text(args, 'icon_emoji');
  if (username === undefined && url === undefined && emoji === undefined) return undefined;
  if (!call.token.scopes.has('chat:write.customize')) return missingScope(call, 'chat:write.customize');
  if (username !== undefined) draft.username = username;
  if (emoji !== undefined) draft.icons = { emoji };
  else if (url !== undefined) draft.icons = { image_48: url };
  return undefined;
}

/** A reply's own ts leads to its parent's thread, as Slack does it. */
function readThread(call: Call, channel: Channel, draft: Draft): Answer | undefined {
  const ts = text(call.args, 'thread_ts');
  if (ts === undefined) return undefined;
  if (!/^\d+\.\d+$/.test(ts)) return refuse('invalid_thread_ts');
  const parent = channel.message(ts);
  if (parent === undefined) return refuse('thread_not_found');
  draft.threadTs = parent.threadTs ?? parent.ts;
  if (flag(call.args, 'reply_broadcast')) draft.broadcast = true;
  return undefined;
}
