// Converts Slack's user and channel objects to the stored rows, which hold names, ids, e-mail, time zone and active,
// and nothing else. Guarantees: bots, Slackbot and users of other workspaces are left out; so is an object that is not
// valid.
import { normaliseEmail } from '@carillon/domain';
import { z } from 'zod';
import { storable } from '@carillon/domain';

export interface SlackUserRow {
  slack_user_id: string;
  team_id: string;
  name: string;
  email: string | null;
  email_key: string | null;
  time_zone: string | null;
  active: boolean;
}

export interface ChannelRow {
  channel_id: string;
  team_id: string;
  name: string;
  private: boolean;
  archived: boolean;
  /** Whether the app is in it. */
  member: boolean;
}

const slackUser = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  real_name: z.string().nullish(),
  deleted: z.boolean().nullish(),
  is_bot: z.boolean().nullish(),
  is_workflow_bot: z.boolean().nullish(),
  is_stranger: z.boolean().nullish(),
  tz: z.string().nullish(),
  profile: z.object({ email: z.string().nullish(), real_name: z.string().nullish() }).nullish(),
});

const slackChannel = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  is_private: z.boolean().nullish(),
  is_archived: z.boolean().nullish(),
  is_member: z.boolean().nullish(),
});

export function peopleOf(members: unknown, teamId: string): SlackUserRow[] {
  return listOf(members, slackUser).flatMap((user) => {
    if (user.id === 'USLACKBOT' || user.is_bot || user.is_workflow_bot || user.is_stranger) return [];
    const email = storable(user.profile?.email ?? '') || null;
    return {
      slack_user_id: user.id,
      team_id: teamId,
      name: storable(user.real_name || user.profile?.real_name || user.name || user.id),
      email,
      email_key: email === null ? null : normaliseEmail(email),
      time_zone: user.tz || null,
      active: !user.deleted,
    };
  });
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
