/** conversations.* but for what was said: list, info, open, join, leave, members. */
import type { Channel, ChannelKind } from '../world/channel.ts';
import { cursorOf, idInCursor } from '../world/ids.ts';
import { slackbotId } from '../world/user.ts';
import { flag, list as listOf, text, whole } from './arguments.ts';
import { type Answer, type Call, type Method, missingScope, refuse, tier } from './call.ts';
import { conversationObject } from './conversation-object.ts';
import { conversation, visible } from './destination.ts';
import { pageOf } from './page.ts';
import { byPeople, byTeamId } from './reach.ts';

const prefix: Record<ChannelKind, string> = {
  public_channel: 'channels',
  private_channel: 'groups',
  im: 'im',
  mpim: 'mpim',
};

/** The scope for a kind of conversation, e.g. `groups:history`. */
export function scopeFor(kind: ChannelKind, action: 'read' | 'history' | 'write'): string {
  return `${prefix[kind]}:${action}`;
}

/** Every one of them, where it depends on the conversation which is needed. */
export function scopesFor(action: 'read' | 'history'): string[] {
  return Object.values(prefix).map((kind) => `${kind}:${action}`);
}

export const conversationMethods: Record<string, Method> = {
  'conversations.list': {
    limit: tier.two,
    reach: byTeamId,
    handle: (call: Call) => list(call, (c) => visible(call, c)),
  },
  'users.conversations': {
    limit: tier.two,
    reach: byTeamId,
    handle: (call: Call) =>
      list(call, (c) => c.members.has(text(call.args, 'user') ?? call.token.user) && visible(call, c)),
  },
  'conversations.info': { limit: tier.three, scopes: scopesFor('read'), handle: info },
  'conversations.members': { limit: tier.four, scopes: scopesFor('read'), handle: members },
  'conversations.open': { limit: tier.three, scopes: ['im:write', 'mpim:write'], reach: byPeople, handle: open },
  'conversations.join': { limit: tier.three, scopes: ['channels:join'], handle: join },
  'conversations.leave': {
    limit: tier.three,
    scopes: ['channels:manage', 'channels:write', 'groups:write'],
    handle: leave,
  },
};

/** Slack filters after it has cut the page, so pages may be short or empty and still have a cursor. */
function list(call: Call, shown: (channel: Channel) => boolean): Answer {
  const { args, workspace, token } = call;
  const asked = listOf(args, 'types');
  const kinds = asked.length === 0 ? ['public_channel'] : asked;
  if (!kinds.every((k): k is ChannelKind => Object.hasOwn(prefix, k))) return refuse('invalid_types');
  const missing = kinds.map((k) => scopeFor(k, 'read')).filter((scope) => !token.scopes.has(scope));
  if (missing.length > 0) return missingScope(call, missing.join(','));
  const limit = whole(args, 'limit') ?? 100;
  if (Number.isNaN(limit) || limit < 1 || limit >= 1000) return refuse('invalid_limit');
  const cursor = text(args, 'cursor');
  const start = cursor === undefined ? 0 : workspace.channelIndex(idInCursor('team', cursor) ?? '');
  if (start === undefined) return refuse('invalid_cursor');
  const page = pageOf(call.sim, start, limit, workspace.channels.length);
  const next = workspace.channels[page.next];
  const withoutArchived = flag(args, 'exclude_archived');
  return {
    ok: true,
    channels: workspace.channels
      .slice(page.start, page.next)
      .filter((c) => kinds.includes(c.kind) && !(withoutArchived && c.archived) && shown(c))
      .map((c) => conversationObject(workspace, c, token.user, c.kind !== 'mpim')),
    response_metadata: { next_cursor: next === undefined ? '' : cursorOf('team', next.id) },
  };
}

function info(call: Call): Answer {
  const { args, workspace, token } = call;
  const channel = conversation(call, text(args, 'channel'));
  if (channel === undefined) return refuse('channel_not_found');
  if (!token.scopes.has(scopeFor(channel.kind, 'read'))) return missingScope(call, scopeFor(channel.kind, 'read'));
  return { ok: true, channel: conversationObject(workspace, channel, token.user, flag(args, 'include_num_members')) };
}

function members(call: Call): Answer {
  const { args, token } = call;
  const channel = conversation(call, text(args, 'channel'));
  if (channel === undefined) return refuse('channel_not_found');
  if (!token.scopes.has(scopeFor(channel.kind, 'read'))) return missingScope(call, scopeFor(channel.kind, 'read'));
  const limit = whole(args, 'limit') ?? 100;
  if (Number.isNaN(limit) || limit < 1) return refuse('invalid_limit');
  const all = [...channel.members];
  const cursor = text(args, 'cursor');
  const start = cursor === undefined ? 0 : all.indexOf(idInCursor('user', cursor) ?? '');
  if (start < 0) return refuse('invalid_cursor');
  const next = all[start + Math.min(limit, 1000)];
  return {
    ok: true,
    members: all.slice(start, start + Math.min(limit, 1000)),
    response_metadata: { next_cursor: next === undefined ? '' : cursorOf('user', next) },
  };
}

function open(call: Call): Answer {
  const { args, workspace, token, home } = call;
  const bot = home.ownBot.user;
  const id = text(args, 'channel');
  const people = [...new Set(listOf(args, 'users'))].filter((u) => u !== token.user);
  if (id === undefined && people.length === 0) return refuse('users_list_not_supplied');
  const kind: ChannelKind =
    id === undefined ? (people.length === 1 ? 'im' : 'mpim') : (conversation(call, id)?.kind ?? 'im');
  if (!token.scopes.has(scopeFor(kind, 'write'))) return missingScope(call, scopeFor(kind, 'write'));
  if (id !== undefined) {
    const channel = conversation(call, id);
    if (channel === undefined) return refuse('channel_not_found');
    if (channel.kind !== 'im' && channel.kind !== 'mpim') return refuse('method_not_supported_for_channel_type');
    return opened(call, channel, false);
  }
  if (people.length > 8) return refuse('too_many_users');
  for (const person of people) {
    const user = workspace.user(person);
    if (user === undefined) return refuse('user_not_found');
    if (user.deleted) return refuse('user_disabled');
    if (people.length === 1 && (user.bot || user.id === slackbotId)) return refuse('cannot_dm_bot');
  }
  const prevent = flag(args, 'prevent_creation');
  if (people.length === 1) {
    const person = people[0] as string;
    const existing = workspace.existingDirect(person, bot);
    if (existing === undefined && prevent) return refuse('channel_not_found');
    return opened(call, existing ?? workspace.direct(person, bot), existing === undefined);
  }
  const group = workspace.group(people, bot, !prevent);
  return group === undefined ? refuse('channel_not_found') : opened(call, group.channel, group.isNew);
}

function opened(call: Call, channel: Channel, isNew: boolean): Answer {
  const full = flag(call.args, 'return_im');
  return {
    ok: true,
    ...(isNew ? {} : { no_op: true, already_open: true }),
    channel: full
      ? { ...conversationObject(call.workspace, channel, call.token.user, false), is_open: true }
      : { id: channel.id },
  };
}

function join(call: Call): Answer {
  const { args, workspace, token } = call;
  const channel = conversation(call, text(args, 'channel'));
  if (channel === undefined) return refuse('channel_not_found');
  if (channel.kind !== 'public_channel') return refuse('method_not_supported_for_channel_type');
  if (channel.archived) return refuse('is_archived');
  const already = channel.members.has(token.user);
  channel.members.add(token.user);
  return {
    ok: true,
    channel: conversationObject(workspace, channel, token.user, false),
    ...(already ? { warning: 'already_in_channel', response_metadata: { warnings: ['already_in_channel'] } } : {}),
  };
}

function leave(call: Call): Answer {
  const { args, token } = call;
  const channel = conversation(call, text(args, 'channel'));
  if (channel === undefined) return refuse('channel_not_found');
  if (channel.kind === 'im' || channel.kind === 'mpim') return refuse('method_not_supported_for_channel_type');
  return channel.members.delete(token.user) ? { ok: true } : { ok: true, not_in_channel: true };
}
