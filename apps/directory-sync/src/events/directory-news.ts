// Reads from an event of Slack's what it says of a person or a channel. Pure. Guarantees: an event that says nothing of
// them, or is not valid, is undefined; the time is never later than when the event was received, so that no record can
// claim to be newer than all that follow.
import type { SlackEvent } from '@carillon/domain';
import { z } from 'zod';
import { channelsOf, peopleOf, type SlackUserRow } from '../slack/slack-people.ts';

interface From {
  teamId: string | undefined;
  enterpriseId: string | undefined;
  /** Ms since 1970, by Slack's clock. */
  at: number;
}

/** `row` is null where it is no person of the workspace (any more): a bot, Slackbot, a stranger. */
export type UserNews = From & {
  about: 'user';
  id: string;
  row: Omit<SlackUserRow, 'slack_user_id' | 'team_id'> | null;
};
/** What the event says of the channel; the rest stays as it was. */
export interface ChannelChange {
  name?: string;
  private?: boolean;
  archived?: boolean;
  member?: boolean;
  /** Deleted, or private and the app is not in it any more. */
  gone?: boolean;
}
export type ChannelNews = From & { about: 'channel'; id: string; change: ChannelChange };
export type DirectoryNews = UserNews | ChannelNews;
/** As an installation sees it. */
export type Seen<N extends DirectoryNews> = N & { installationId: string };

export type SeenKey = Pick<Seen<DirectoryNews>, 'installationId' | 'id'>;
export const keyOf = ({ installationId, id: of }: SeenKey): SeenKey => ({ installationId, id: of });
export const nameOf = ({ installationId, id: of }: SeenKey): string => `${installationId} ${of}`;

const id = z.string().min(1).max(100);
const envelope = z.object({
  event_time: z.number().nullish(),
  authorizations: z.array(z.object({ user_id: z.string().nullish(), is_bot: z.boolean().nullish() })).nullish(),
  event: z.looseObject({ type: z.string(), event_ts: z.string().nullish() }),
});
const ofUser = z.object({ user: z.looseObject({ id }) });
const ofChannel = z.object({ channel: z.union([id, z.looseObject({ id, name: z.string().nullish() })]) });
const ofMember = z.object({ user: id, channel: id, channel_type: z.string().nullish() });

/** `bots`: the app's own users. */
type Read = (event: object, bots: readonly string[], from: Omit<From, 'at'>) => Said | undefined;
const newsByType: Record<string, Read> = {
  team_join: userOf,
  user_change: userOf,
  channel_created: (event) =>
    channelOf(event, ({ name }) => (name ? { name, private: false, archived: false } : undefined)),
  channel_rename: (event) => channelOf(event, ({ name }) => (name ? { name, private: false } : undefined)),
  group_rename: (event) => channelOf(event, ({ name }) => (name ? { name, private: true, member: true } : undefined)),
  channel_archive: (event) => channelOf(event, () => ({ archived: true })),
  group_archive: (event) => channelOf(event, () => ({ archived: true })),
  channel_unarchive: (event) => channelOf(event, () => ({ archived: false })),
  group_unarchive: (event) => channelOf(event, () => ({ archived: false })),
  channel_deleted: (event) => channelOf(event, () => ({ gone: true })),
  group_deleted: (event) => channelOf(event, () => ({ gone: true })),
  channel_left: (event) => channelOf(event, () => ({ member: false })),
  group_left: (event) => channelOf(event, () => ({ gone: true })),
  member_joined_channel: (event, bots) => memberOf(event, bots, () => ({ member: true })),
  member_left_channel: (event, bots) =>
    memberOf(event, bots, ({ channel_type: type }) => (type === 'G' ? { gone: true } : { member: false })),
};

type Said = Pick<UserNews, 'about' | 'id' | 'row'> | Pick<ChannelNews, 'about' | 'id' | 'change'>;

export function newsOf({
  eventType,
  teamId,
  enterpriseId,
  receivedAt,
  payload,
}: SlackEvent): DirectoryNews | undefined {
  const read = Object.hasOwn(newsByType, eventType) ? newsByType[eventType] : undefined;
  if (!read || (teamId === undefined && enterpriseId === undefined)) return undefined;
  const parsed = envelope.safeParse(payload);
  if (!parsed.success) return undefined;
  const { event, event_time: seconds, authorizations } = parsed.data;
  const bots = (authorizations ?? []).flatMap(({ user_id: bot }) => bot ?? []);
  const said = read(event, bots, { teamId, enterpriseId });
  const at = Math.floor(Math.min(1_000 * (Number(event.event_ts) || seconds || Infinity), Date.parse(receivedAt)));
  return said && { ...said, teamId, enterpriseId, at };
}

function userOf(event: object, _: readonly string[], { teamId, enterpriseId }: Omit<From, 'at'>): Said | undefined {
  const read = ofUser.safeParse(event);
  if (!read.success) return undefined;
  const { user } = read.data;
  const [person] = peopleOf([user], teamId, enterpriseId);
  if (!person) return { about: 'user', id: user.id, row: null };
  const { slack_user_id: __, team_id: ___, ...row } = person;
  return { about: 'user', id: user.id, row };
}

function channelOf(
  event: object,
  change: (channel: { name?: string | undefined }) => ChannelChange | undefined,
): Said | undefined {
  const read = ofChannel.safeParse(event);
  if (!read.success) return undefined;
  const { channel } = read.data;
  const of = typeof channel === 'string' ? channel : channel.id;
  const [named] = typeof channel === 'string' ? [] : channelsOf([channel], '');
  const said = change({ name: named?.name });
  return said && { about: 'channel', id: of, change: said };
}

/** Only of the app itself: others come and go. */
function memberOf(
  event: object,
  bots: readonly string[],
  change: (member: z.output<typeof ofMember>) => ChannelChange,
): Said | undefined {
  const read = ofMember.safeParse(event);
  if (!read.success || !bots.includes(read.data.user)) return undefined;
  return { about: 'channel', id: read.data.channel, change: change(read.data) };
}
