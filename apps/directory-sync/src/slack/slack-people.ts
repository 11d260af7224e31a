// Converts Slack's user and channel objects to the stored rows, which hold names, ids, e-mail, time zone, active and
// whether they are a guest, and nothing else. Guarantees: bots, Slackbot and users of other workspaces (Slack Connect)
// are left out; so is an object that is not valid.
import { normaliseEmail, storable, storableText } from '@carillon/domain';
import { z } from 'zod';

export interface SlackUserRow {
  slack_user_id: string;
  team_id: string;
  name: string;
  email: string | null;
  email_key: string | null;
  time_zone: string | null;
  active: boolean;
  guest: GuestKind | null;
}

export const guestKinds = ['single_channel', 'multi_channel'] as const;
export type GuestKind = (typeof guestKinds)[number];

export interface ChannelRow {
  channel_id: string;
  team_id: string;
  name: string;
  private: boolean;
  archived: boolean;
  /** Whether the app is in it. */
  member: boolean;
}

/** Ids and time zones are stored as they are. */
const stored = storableText.max(200);

const slackUser = z.object({
  id: stored.min(1),
  name: z.string().nullish(),
  real_name: z.string().nullish(),
  deleted: z.boolean().nullish(),
  is_bot: z.boolean().nullish(),
  is_workflow_bot: z.boolean().nullish(),
  is_stranger: z.boolean().nullish(),
  is_restricted: z.boolean().nullish(),
  is_ultra_restricted: z.boolean().nullish(),
  team_id: stored.nullish(),
  enterprise_user: z.object({ enterprise_id: z.string().nullish(), teams: z.array(z.string()).nullish() }).nullish(),
  tz: stored.nullish().catch(null),
  profile: z.object({ email: z.string().nullish(), real_name: z.string().nullish() }).nullish(),
});

const slackChannel = z.object({
  id: stored.min(1),
  name: z.string().min(1),
  is_private: z.boolean().nullish(),
  is_archived: z.boolean().nullish(),
  is_member: z.boolean().nullish(),
});

/**
 * @param teamId the workspace whose people are wanted; undefined: those of the organisation, whose workspace the caller
 *   does not store
 */
export function peopleOf(members: unknown, teamId: string | undefined, enterpriseId?: string): SlackUserRow[] {
  return listOf(members, slackUser).flatMap((user) => {
    if (user.id === 'USLACKBOT' || user.is_bot || user.is_workflow_bot) return [];
    if (user.is_stranger || isForeign(user, teamId, enterpriseId)) return [];
    const email = storable(user.profile?.email ?? '') || null;
    return {
      slack_user_id: user.id,
      team_id: teamId ?? '',
      name: storable(user.real_name || user.profile?.real_name || user.name || user.id),
      email,
      email_key: email === null ? null : normaliseEmail(email),
      time_zone: user.tz || null,
      active: !user.deleted,
      guest: user.is_ultra_restricted ? 'single_channel' : user.is_restricted ? 'multi_channel' : null,
    };
  });
}

/**
 * Lists and events also name people of other companies, in shared channels: without `is_stranger`, which means that no
 * channel is shared. In an organisation `team_id` may be another workspace than the one that is listed.
 */
function isForeign(user: z.output<typeof slackUser>, teamId?: string, enterpriseId?: string): boolean {
  const { team_id: home, enterprise_user: ofOrg } = user;
  if (!home || home === teamId || home === enterpriseId || ofOrg?.teams?.includes(teamId ?? '')) return false;
  return teamId !== undefined || ofOrg?.enterprise_id !== enterpriseId;
}

export function channelsOf(channels: unknown, teamId: string): ChannelRow[] {
  return listOf(channels, slackChannel).map(({ id, name, is_private, is_archived, is_member }) => ({
    channel_id: id,
    team_id: teamId,
    name: storable(name),
    private: is_private === true,
    archived: is_archived === true,
    member: is_member === true,
  }));
}

function listOf<T>(items: unknown, schema: z.ZodType<T>): T[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item) => {
    const read = schema.safeParse(item);
    return read.success ? [read.data] : [];
  });
}
