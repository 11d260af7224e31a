// The audience that a decided recipient came from, so that it can be decided again. Pure.
import type { AudienceMember } from '@carillon/domain';

type Destination = Record<string, unknown>;

/**
 * @param recipient as in a decision
 * @param destinations of its deliveries: a channel's recipient does not name its installation
 * @returns undefined for a large group, whose recipient does not name its members, and for kinds of a newer release
 */
export function audienceOf(recipient: string, destinations: readonly Destination[]): AudienceMember | undefined {
  const [kind, rest] = [recipient.slice(0, recipient.indexOf(':')), recipient.slice(recipient.indexOf(':') + 1)];
  switch (kind) {
    case 'member':
      return { member: rest };
    case 'email':
      return { email: rest };
    case 'channel': {
      const installation = destinations
        .map(({ installationId }) => installationId)
        .find((id) => typeof id === 'string');
      const channel = rest.slice(rest.indexOf(':') + 1);
      return { channel, ...(typeof installation === 'string' && { installation }) };
    }
    case 'group':
      return rest.startsWith('#') ? undefined : { members: rest.split(',') };
    default:
      return undefined;
  }
}
