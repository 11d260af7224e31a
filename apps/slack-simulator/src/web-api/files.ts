/** files.*: upload URL, information and deletion. */
import type { SlackFile } from '../world/file.ts';
import { nextId, secret } from '../world/ids.ts';
import { text, whole } from './arguments.ts';
import { type Answer, type Method, refuse, tier, type TokenCall } from './call.ts';
import { complete } from './complete-upload.ts';
import { fileObject } from './file-object.ts';

export const fileMethods: Record<string, Method> = {
  'files.getUploadURLExternal': { limit: tier.four, wide: true, scopes: ['files:write'], handle: announce },
  'files.completeUploadExternal': { limit: tier.four, scopes: ['files:write'], handle: complete },
  'files.info': { limit: tier.four, wide: true, scopes: ['files:read'], handle: info },
  'files.delete': { limit: tier.three, wide: true, scopes: ['files:write'], handle: remove },
};

function announce({ sim, args, token }: TokenCall): Answer {
  const name = text(args, 'filename');
  const length = whole(args, 'length');
  if (name === undefined || length === undefined || Number.isNaN(length) || length <= 0) {
    const missing = name === undefined ? 'filename' : 'length';
    return refuse('invalid_arguments', {
      response_metadata: { messages: [`[ERROR] missing required field: ${missing}`] },
    });
  }
  const { fileBytes } = sim.limits.settings;
  if (fileBytes && length > fileBytes) return refuse('file_upload_size_restricted');
  const alt = text(args, 'alt_txt');
  const file: SlackFile = {
    id: nextId('F'),
    team: token.team,
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

function info({ sim, args, token, receivedAt }: TokenCall): Answer {
  const file = sim.world.files.get(text(args, 'file') ?? '');
  if (file === undefined || file.team !== token.team || !file.completed) return refuse('file_not_found');
  const [visible] = fileObject(file, (share) => share.visibleAt <= receivedAt);
  return { ok: true, file: visible, comments: [], response_metadata: { next_cursor: '' } };
}

function remove({ sim, args, token }: TokenCall): Answer {
  const file = sim.world.files.get(text(args, 'file') ?? '');
  if (file === undefined || file.team !== token.team) return refuse('file_not_found');
  if (file.user !== token.user) return refuse('cant_delete_file');
  sim.world.files.delete(file.id);
  return { ok: true };
}
