/** A message as Slack writes it to the app, and as the control surface shows it to tests. */
import type { AppIdentity } from '../app-identity.ts';
import type { Channel } from '../world/channel.ts';
import type { Message } from '../world/message.ts';
import type { Workspace } from '../world/workspace.ts';
import type { World } from '../world/world.ts';
import { slackbotId } from '../world/user.ts';
import { everyShare, fileObject, noShare } from './file-object.ts';

export function messageObject(
  app: AppIdentity,
  world: World,
  workspace: Workspace,
  m: Message,
  withMetadata: boolean,
): Record<string, unknown> {
  const out: Record<string, unknown> = { type: 'message', user: m.author, ts: m.ts, text: m.text, team: workspace.id };
  if (m.botId !== undefined) {
    out.bot_id = m.botId;
    out.app_id = app.id;
    out.bot_profile = {
      id: m.botId,
      app_id: app.id,
      user_id: m.author,
      name: app.name,
      deleted: false,
      updated: 0,
      team_id: workspace.id,
      icons: {},
    };
  }
  if (m.username !== undefined) {
    out.username = m.username;
    out.subtype = 'bot_message';
  }
  if (m.broadcast) out.subtype = 'thread_broadcast';
  if (m.icons !== undefined) out.icons = m.icons;
  if (m.blocks !== undefined) out.blocks = m.blocks;
  if (m.attachments !== undefined) out.attachments = m.attachments;
  if (withMetadata && m.metadata !== undefined) out.metadata = m.metadata;
  if (m.threadTs !== undefined) out.thread_ts = m.threadTs;
  if (m.replies !== undefined && m.replies.length > 0) {
    out.thread_ts = m.ts;
    out.reply_count = m.replies.length;
    out.latest_reply = m.replies.at(-1);
  }
  if (m.edited !== undefined) out.edited = m.edited;
  if (m.files !== undefined) out.files = m.files.flatMap((id) => fileObject(world.files.get(id), noShare));
  if (m.reactions !== undefined && m.reactions.size > 0) {
    out.reactions = [...m.reactions].map(([name, users]) => ({ name, users: [...users], count: users.size }));
  }
  return out;
}

/** The tombstone of a deleted message that has replies. */
export function tombstoneObject(channel: Channel, m: Message): Record<string, unknown> {
  const replies = m.replies ?? [];
  const users = [...new Set(replies.flatMap((ts) => channel.message(ts)?.author ?? []))];
  return {
    type: 'message',
    subtype: 'tombstone',
    hidden: true,
    user: slackbotId,
    text: 'This message was deleted.',
    ts: m.ts,
    thread_ts: m.ts,
    parent_user_id: slackbotId,
    reply_count: replies.length,
    reply_users_count: users.length,
    reply_users: users,
    latest_reply: replies.at(-1),
    is_locked: false,
    subscribed: false,
  };
}

/**
 * For tests. `user` is the person of a direct message, whoever wrote in it, and the author elsewhere; `author` is
 * always who wrote it.
 */
export function recordedMessage(
  world: World,
  workspace: Workspace,
  channel: Channel,
  m: Message,
): Record<string, unknown> {
  return {
    team: workspace.id,
    ts: m.ts,
    channel: m.channel,
    channelType: channel.kind,
    user: channel.person ?? m.author,
    author: m.author,
    text: m.text,
    blocks: m.blocks ?? null,
    attachments: m.attachments,
    metadata: m.metadata ?? null,
    thread_ts: m.threadTs ?? null,
    edited: m.edited ?? null,
    deleted: m.deleted ?? false,
    files: (m.files ?? []).flatMap((id) => fileObject(world.files.get(id), everyShare)),
    username: m.username,
    icons: m.icons,
    ephemeralTo: m.ephemeralTo,
    reactions:
      m.reactions === undefined ? undefined : [...m.reactions].map(([name, users]) => ({ name, users: [...users] })),
    receivedAt: m.receivedAt,
  };
}
