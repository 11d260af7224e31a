/** A user as Slack writes it. The e-mail address appears only for tokens with `users:read.email`. */
import type { Workspace } from '../world/workspace.ts';
import { handleOf, slackbotId, type User } from '../world/user.ts';

export function userObject(
  workspace: Workspace,
  user: User,
  withEmail: boolean,
  withLocale: boolean,
): Record<string, unknown> {
  const handle = handleOf(user);
  const [first = user.name, ...rest] = user.name.split(' ');
  return {
    id: user.id,
    team_id: workspace.id,
    name: handle,
    deleted: user.deleted,
    ...(user.deleted
      ? {}
      : {
          color: '9f69e7',
          real_name: user.name,
          tz: user.tz,
          tz_label: user.tz ?? 'Pacific Standard Time',
          tz_offset: offsetSeconds(user.tz),
          is_admin: user.admin,
          is_owner: false,
          is_primary_owner: false,
          is_restricted: user.guest,
          is_ultra_restricted: false,
        }),
    profile: {
      title: '',
      phone: '',
      real_name: user.name,
      real_name_normalized: user.name,
      display_name: handle,
      display_name_normalized: handle,
      status_text: '',
      status_emoji: '',
      avatar_hash: `g${user.id.toLowerCase()}`,
      first_name: first,
      last_name: rest.join(' '),
      team: workspace.id,
      ...(withEmail && user.email !== undefined && !user.bot ? { email: user.email } : {}),
      ...(user.botId === undefined ? {} : { bot_id: user.botId }),
    },
    is_bot: user.bot,
    ...(user.stranger ? { is_stranger: true } : {}),
    is_app_user: workspace.home.installation?.userScopes.has(user.id) ?? false,
    updated: user.updated,
    ...(user.bot || user.id === slackbotId ? {} : { is_email_confirmed: true, has_2fa: false }),
    ...(workspace.org === undefined
      ? {}
      : {
          enterprise_user: {
            id: user.id,
            enterprise_id: workspace.org.id,
            enterprise_name: workspace.org.name,
            teams: [...workspace.org.workspaces].filter((w) => w.user(user.id) !== undefined).map((w) => w.id),
            is_admin: false,
            is_owner: false,
          },
        }),
    ...(withLocale ? { locale: user.locale } : {}),
  };
}

const offsets = new Map<string, { seconds: number; hour: number }>();

/** Seconds east of UTC now; looked up once an hour per zone, since it changes at daylight saving. */
function offsetSeconds(tz: string | null): number {
  if (tz === null) return -28_800;
  const hour = Math.floor(Date.now() / 3_600_000);
  const known = offsets.get(tz);
  if (known?.hour === hour) return known.seconds;
  const seconds = computeOffset(tz);
  offsets.set(tz, { seconds, hour });
  return seconds;
}

function computeOffset(tz: string): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: tz, timeZoneName: 'longOffset' }).formatToParts(
    new Date(),
  );
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(parts.find((p) => p.type === 'timeZoneName')?.value ?? '');
  if (match === null) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60);
}
