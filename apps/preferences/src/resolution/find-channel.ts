// Finds the channel that a request names, by id or by name, in the tenant's installations: pure. Guarantees: an id and
// the name of one channel lead to the same place, and of several installations the first one that has it is meant. An
// id that is not known is taken as it is, since the app may not be allowed to list the channel: Slack answers whether
// it exists.
import { channelKeyOf, hasCapability, isChannelId, type AudienceMember, type Reason } from '@carillon/domain';
import type { KnownChannel } from './known-channels.ts';
import { reason } from './reason.ts';
import type { KnownInstallation, TenantContext } from './resolution-context.ts';

export type ChannelAudience = Extract<AudienceMember, { channel: string }>;

export interface FoundChannel {
  /** The id; the name, where no channel has it. */
  channel: string;
  /** Undefined: no installation tells which workspace it is. */
  teamId: string | undefined;
  installation?: KnownInstallation | undefined;
  /** Why it is not told. */
  obstacle?: Reason | undefined;
}

export function findChannel(
  audience: ChannelAudience,
  { channels, installations }: Pick<TenantContext, 'channels' | 'installations'>,
): FoundChannel {
  const key = channelKeyOf(audience.channel);
  const found = channels?.get(key);
  const candidates = audience.installation === undefined ? installations : installations.filter(isNamed(audience));
  for (const installation of candidates) {
    const here = found?.channels.filter(({ installationId }) => installationId === installation.installationId) ?? [];
    const open = here.filter(({ isArchived }) => !isArchived);
    const known = open[0] ?? here[0];
    if (!known) continue;
    if (open.length > 1) {
      const ids = open.map(({ channelId }) => channelId).sort();
      return { channel: key, teamId: undefined, installation, obstacle: reason('channel_ambiguous', ids.join(', ')) };
    }
    const { channelId, teamId } = known;
    return { channel: channelId, teamId, installation, obstacle: obstacleOf(known, installation) };
  }
  const installation = candidates[0];
  const teamId = installation?.teamId ?? installation?.enterpriseId;
  if (isChannelId(key) || !installation) return { channel: key, teamId, installation };
  const close = found?.close.map((name) => `#${name}`) ?? [];
  const detail = close.length > 0 ? `#${key}; close: ${close.join(', ')}` : `#${key}`;
  return { channel: key, teamId: undefined, installation, obstacle: reason('unknown_channel', detail) };
}

const isNamed =
  ({ installation }: ChannelAudience) =>
  ({ installationId }: KnownInstallation): boolean =>
    installationId === installation;

function obstacleOf(
  { channelId, name, isArchived, isMember, isPrivate }: KnownChannel,
  { state, scopes }: KnownInstallation,
): Reason | undefined {
  // Whoever knows the id of a private channel need not know its name.
  const shown = isPrivate ? channelId : `#${name}`;
  if (isArchived) return reason('channel_archived', shown);
  // An installation that is lost may have other scopes once it is connected again.
  if (isMember || state !== 'active' || scopes === undefined) return undefined;
  const reachesFromOutside = hasCapability(scopes, 'post_to_public_channels') || hasCapability(scopes, 'join_channels');
  if (!isPrivate && reachesFromOutside) return undefined;
  return reason('channel_not_joined', shown);
}
