/**
 * The events by which Slack tells the app of its people and channels, from what was before and what is now. Guarantees:
 * a change that nobody could see sends nothing; of a private channel only those events that its members see, and only
 * where the app is one of them; of who joins and leaves only in the app's channels.
 */
import type { Channel } from '../world/channel.ts';
import type { User } from '../world/user.ts';
import type { Workspace } from '../world/workspace.ts';
import { userObject } from '../web-api/user-object.ts';

type Event = Record<string, unknown>;

/** What of a channel its events are about. */
export interface ChannelBefore {
  name: string;
  archived: boolean;
  members: ReadonlySet<string>;
}

export const beforeOf = ({ name, archived, members }: Channel): ChannelBefore => ({
  name,
  archived,
  members: new Set(members),
});

export function userEvents(workspace: Workspace, before: User | undefined, user: User): Event[] {
  const scopes = workspace.home.installation?.botScopes;
  if (scopes === undefined || (before !== undefined && isSame(before, user))) return [];
  const type = before === undefined ? 'team_join' : 'user_change';
  return [{ type, user: userObject(workspace, user, scopes.has('users:read.email'), false), event_ts: now() }];
}

export function channelEvents(workspace: Workspace, before: ChannelBefore | undefined, channel: Channel): Event[] {
  if (workspace.home.installation === undefined) return [];
  const { id, name, archived, created, members } = channel;
  const bot = workspace.botUserId;
  const isGroup = channel.private;
  const prefix = isGroup ? 'group' : 'channel';
  const events: Event[] = [];
  const seen = !isGroup || before?.members.has(bot) === true;
  if (before === undefined) {
    if (!isGroup)
      events.push({ type: 'channel_created', channel: { id, name, is_channel: true, created, creator: '' } });
  } else if (seen) {
    if (before.name !== name)
      events.push({
        type: `${prefix}_rename`,
        channel: { id, name, name_normalized: name, is_channel: true, created },
      });
    if (before.archived !== archived)
      events.push({ type: `${prefix}_${archived ? 'archive' : 'unarchive'}`, channel: id, user: '' });
  }
  events.push(...membershipEvents(workspace, before?.members ?? new Set(), channel, members));
  return events.map((event) => ({ ...event, event_ts: now() }));
}

export function removalEvents(workspace: Workspace, channel: Channel): Event[] {
  const heard =
    workspace.home.installation !== undefined && (!channel.private || channel.members.has(workspace.botUserId));
  if (!heard || channel.kind === 'im' || channel.kind === 'mpim') return [];
  return [{ type: channel.private ? 'group_deleted' : 'channel_deleted', channel: channel.id, event_ts: now() }];
}

function membershipEvents(
  workspace: Workspace,
  before: ReadonlySet<string>,
  channel: Channel,
  members: ReadonlySet<string>,
): Event[] {
  const bot = workspace.botUserId;
  const where = { channel: channel.id, channel_type: channel.private ? 'G' : 'C', team: workspace.id };
  const joined = [...members].filter((user) => !before.has(user));
  const left = [...before].filter((user) => !members.has(user));
  return [
    ...(members.has(bot) ? joined.map((user) => ({ type: 'member_joined_channel', user, ...where })) : []),
    ...(before.has(bot) ? left.map((user) => ({ type: 'member_left_channel', user, ...where })) : []),
    ...(left.includes(bot) ? [{ type: channel.private ? 'group_left' : 'channel_left', channel: channel.id }] : []),
  ];
}

const shown = ['name', 'email', 'admin', 'guest', 'deleted', 'tz', 'locale'] as const;
const isSame = (before: User, user: User): boolean => shown.every((field) => before[field] === user[field]);

const now = (): string => (Date.now() / 1_000).toFixed(6);
