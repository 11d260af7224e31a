/** Slack's external upload: announce, upload to the given URL, complete and perhaps share; files.info and delete. */
import type { SlackFile } from '../world/file.ts';
import { nextId, secret } from '../world/ids.ts';
import { malformed, structured, text, whole } from './arguments.ts';
import { type Answer, type Call, type Method, refuse, tier } from './call.ts';
import { conversation } from './destination.ts';
import { fileObject } from './file-object.ts';
import { readContent } from './message-content.ts';
import { post } from './post.ts';

const largest = 1_073_741_824;

export const fileMethods: Record<string, Method> = {
  'files.getUploadURLExternal': { limit: tier.four, scopes: ['files:write'], handle: announce },
  'files.completeUploadExternal': { limit: tier.four, scopes: ['files:write'], handle: complete },
  'files.info': { limit: tier.four, scopes: ['files:read'], handle: info },
  'files.delete': { limit: tier.three, scopes: ['files:write'], handle: remove },
};

function announce({ sim, args, workspace, token }: Call): Answer {
  const name = text(args, 'filename');
  const length = whole(args, 'length');
  if (name === undefined || length === undefined || Number.isNaN(length) || length <= 0) {
    const missing = name === undefined ? 'filename' : 'length';
    return refuse('invalid_arguments', {
      response_metadata: { messages: [`[ERROR] missing required field: ${missing}`] },
    });
  }
  if (length > largest) return refuse('file_upload_size_restricted');
  const alt = text(args, 'alt_txt');
  const file: SlackFile = {
    id: nextId('F'),
    team: workspace.id,
    user: token.user,
    name,
    title: name,
    announcedLength: length,
    contentType: 'application/octet-stream',
    completed: false,
    created: Math.floor(Date.now() / 1000),
    shares: [],
    ...(alt === undefined ? {} : { altText: alt }),
  };
  const path = `/upload/v1/${secret(24)}`;
  sim.world.files.set(file.id, file);
  sim.world.uploads.set(path, file);
  return { ok: true, upload_url: `${sim.baseUrl}${path}`, file_id: file.id };
}

function complete(call: Call): Answer {
  const { sim, args, workspace, token } = call;
  const listed = structured(args, 'files');
  if (listed === malformed || !Array.isArray(listed) || listed.length === 0) return refuse('invalid_arguments');
  const files: SlackFile[] = [];
  for (const entry of listed as { id?: unknown; title?: unknown }[]) {
    const file = sim.world.files.get(String(entry?.id));
    if (
      file === undefined ||
      file.team !== workspace.id ||
      file.user !== token.user ||
      file.content === undefined ||
      file.completed
    )
      return refuse('file_not_found');
    if (typeof entry.title === 'string') file.title = entry.title;
    files.push(file);
  }
  const targets = (text(args, 'channel_id') ?? text(args, 'channels') ?? '').split(',').filter((id) => id !== '');
  const channels = [];
  for (const id of targets) {
    const channel = conversation(call, id);
    if (channel === undefined) return refuse('channel_not_found');
    if (!channel.members.has(token.user)) return refuse('not_in_channel');
    if (channel.archived) return refuse('is_archived');
    channels.push(channel);
  }
  const content = readContent({ ...args, text: args.initial_comment });
  if ('refusal' in content) return content.refusal;
  const thread = text(args, 'thread_ts');
  // Slack shares after it has answered: the answer has no shares yet, files.info has.
  const answer: Answer = { ok: true, files: files.flatMap((f) => fileObject(f)) };
  for (const file of files) file.completed = true;
  for (const channel of channels) {
    const parent = thread === undefined ? undefined : channel.message(thread);
    const threadTs = parent === undefined ? undefined : (parent.threadTs ?? parent.ts);
    const message = post(sim, workspace, channel, {
      author: token.user,
      text: content.text ?? '',
      files: files.map((f) => f.id),
      receivedAt: call.receivedAt,
      ...(token.kind === 'bot' ? { botId: workspace.botId } : {}),
      ...(content.blocks === undefined ? {} : { blocks: content.blocks }),
      ...(threadTs === undefined ? {} : { threadTs }),
    });
    for (const file of files) {
      file.shares.push({
        channel: channel.id,
        private: channel.private,
        ts: message.ts,
        ...(threadTs === undefined ? {} : { threadTs }),
      });
    }
  }
  return answer;
}

function info({ sim, args, workspace }: Call): Answer {
  const file = sim.world.files.get(text(args, 'file') ?? '');
  if (file === undefined || file.team !== workspace.id || !file.completed) return refuse('file_not_found');
  return { ok: true, file: fileObject(file)[0], comments: [], response_metadata: { next_cursor: '' } };
}

function remove({ sim, args, workspace, token }: Call): Answer {
  const file = sim.world.files.get(text(args, 'file') ?? '');
  if (file === undefined || file.team !== workspace.id) return refuse('file_not_found');
  if (file.user !== token.user) return refuse('cant_delete_file');
  sim.world.files.delete(file.id);
  return { ok: true };
}
