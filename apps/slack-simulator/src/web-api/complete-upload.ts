/**
 * files.completeUploadExternal: uploaded files become visible, in one message per channel that carries all of them.
 * Either all files are shared or none. A share is a message and counts towards its channel's rate.
 */
import type { Channel } from '../world/channel.ts';
import type { SlackFile } from '../world/file.ts';
import { list, malformed, structured, text } from './arguments.ts';
import { type Answer, type Call, rateLimited, refuse } from './call.ts';
import { conversation } from './destination.ts';
import { fileObject, noShare } from './file-object.ts';
import { longestText, readContent } from './message-content.ts';
import { post } from './post.ts';
import { readSender } from './sender.ts';
import { readThread, type Place } from './thread.ts';

const mostChannels = 100;

export function complete(call: Call): Answer {
  const { sim, workspace, token, home } = call;
  const sender = readSender(call);
  if ('refusal' in sender) return sender.refusal;
  const targets = readChannels(call);
  if ('refusal' in targets) return targets.refusal;
  const { channels } = targets;
  const wait = sim.limits.takeChannels(
    workspace.id,
    call.method,
    channels.map((c) => c.id),
    call.now,
  );
  if (wait > 0) return rateLimited(wait);
  const listed = readFiles(call);
  if ('refusal' in listed) return listed.refusal;
  const content = readWords(call);
  if ('refusal' in content) return content.refusal;
  const places: { channel: Channel; place: Place }[] = [];
  for (const channel of channels) {
    const place = readThread(call, channel);
    if ('refusal' in place) return place.refusal;
    places.push({ channel, place });
  }

  const files = [...listed.titles.keys()];
  for (const [file, title] of listed.titles) {
    file.completed = true;
    if (title !== undefined) file.title = title;
  }
  for (const { channel, place } of places) {
    const message = post(call.sim, channel, {
      author: token.user,
      text: (content.text ?? '').slice(0, longestText),
      files: files.map((f) => f.id),
      receivedAt: call.receivedAt,
      ...(token.kind === 'bot' ? { botId: home.ownBot.id } : {}),
      ...(content.blocks === undefined ? {} : { blocks: content.blocks }),
      ...sender,
      ...place,
    });
    for (const file of files) {
      file.shares.push({
        channel: channel.id,
        private: channel.private,
        ts: message.ts,
        ...(place.threadTs === undefined ? {} : { threadTs: place.threadTs }),
        visibleAt: call.receivedAt + sim.limits.settings.fileShareDelayMs,
      });
    }
  }
  return { ok: true, files: files.flatMap((f) => fileObject(f, noShare)) };
}

/** A person's id is no destination here, and chat:write.public does not help: the app must be in the channel. */
function readChannels(call: Call): { channels: Channel[] } | { refusal: Answer } {
  const { args, token } = call;
  const one = text(args, 'channel_id');
  const ids = one === undefined ? list(args, 'channels') : [one];
  if (ids.length > mostChannels) return { refusal: refuse('channels_limit_exceeded') };
  const channels = new Set<Channel>();
  for (const id of ids) {
    const channel = conversation(call, id);
    if (channel === undefined) return { refusal: refuse('channel_not_found') };
    if (!channel.members.has(token.user)) return { refusal: refuse('not_in_channel') };
    if (channel.archived) return { refusal: refuse('is_archived') };
    channels.add(channel);
  }
  return { channels: [...channels] };
}

/** The files with their new titles; each has to be uploaded, the caller's own, and not completed before. */
function readFiles({ sim, args, token }: Call): { titles: Map<SlackFile, string | undefined> } | { refusal: Answer } {
  const listed = structured(args, 'files');
  if (listed === malformed || !Array.isArray(listed) || listed.length === 0) {
    const messages = ['[ERROR] missing required field: files'];
    return { refusal: refuse('invalid_arguments', { response_metadata: { messages } }) };
  }
  const titles = new Map<SlackFile, string | undefined>();
  for (const entry of listed as ({ id?: unknown; title?: unknown } | null)[]) {
    const file = sim.world.files.get(String(entry?.id));
    if (file === undefined || file.team !== token.team || file.content === undefined || file.completed)
      return { refusal: refuse('file_not_found') };
    if (file.user !== token.user) return { refusal: refuse('access_denied') };
    titles.set(file, typeof entry?.title === 'string' ? entry.title : undefined);
  }
  return { titles };
}

/** The blocks that Slack takes beside files; a message without files may have others. */
const besideFiles: ReadonlySet<unknown> = new Set(['section', 'actions', 'divider']);

/** With a comment, blocks are ignored. A markdown block, which messages may have, makes Slack fail here. */
function readWords({ args }: Call): { text?: string; blocks?: unknown[] } | { refusal: Answer } {
  const comment = text(args, 'initial_comment');
  if (comment !== undefined) return { text: comment };
  const content = readContent({ blocks: args.blocks });
  if ('refusal' in content) return content;
  const { blocks } = content;
  if (blocks === undefined || blocks.length === 0) return {};
  const types = blocks.map((block) => (block as { type?: unknown }).type);
  if (types.includes('markdown')) return { refusal: refuse('internal_error') };
  return types.every((type) => besideFiles.has(type)) ? { blocks } : { refusal: refuse('invalid_blocks') };
}
