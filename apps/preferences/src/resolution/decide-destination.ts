// The decision for a destination with several readers: a channel, or a group conversation. A channel is notified
// because the request names it; preferences of people do not apply to it. In a group each member's preferences of the
// channels apply: a member who turned off or paused Slack, or cannot be reached, is left out and named in the reasons.
// A group conversation needs a scope that Slack granted to the installation. If one person remains, it is a direct
// message.
import { scopesMissingFor, type AudienceMember, type Decision, type Reason } from '@carillon/domain';
import { channelRecipient, groupRecipient, slackAccountAlias } from '@carillon/domain/ids';
import { reason } from './reason.ts';
import { chooseFor } from './choose-channels.ts';
import { isPaused, type DecidedEvent } from './decide-person.ts';
import { findChannel, type ChannelAudience } from './find-channel.ts';
import { conversationAlias } from './identities.ts';
import type { KnownInstallation, TenantContext } from './resolution-context.ts';
import { addressIn, reachInSlack, type SlackAddress } from './reach-in-slack.ts';
import { now, suppress } from './suppress.ts';

export type GroupAudience = Extract<AudienceMember, { members: string[] }>;

/** The place of the team in a channel's recipient while no installation tells which team it is. */
const noTeam = '-';

export function decideChannel(audience: ChannelAudience, context: TenantContext): Decision {
  const { channel, teamId, installation, obstacle } = findChannel(audience, context);
  const recipient = channelRecipient(teamId ?? noTeam, channel);
  const reasons = reasonsOf(installation, audience.installation);
  if (obstacle) reasons.push(obstacle);
  if (!installation || installation.state === 'disconnected' || obstacle) return suppress(recipient, reasons);
  const { installationId } = installation;
  return {
    recipient,
    verdict: 'send',
    destinations: [{ kind: 'slack', surface: 'channel', installationId, teamId: teamId ?? noTeam, channel }],
    mode: now,
    reasons,
  };
}

export function decideGroup(audience: GroupAudience, event: DecidedEvent, context: TenantContext): Decision {
  const members = [...new Set(audience.members)].sort();
  const recipient = groupRecipient(members);
  const named = chooseInstallation(audience.installation, context.installations);
  if (!named.installation || named.installation.state === 'disconnected') return suppress(recipient, named.reasons);
  const connected = context.installations.filter((installation) => installation.state !== 'disconnected');
  const candidates = audience.installation === undefined ? connected : [named.installation];
  const best = bestCandidate(candidates, members, event, context);
  const reasons = [reason('addressed'), ...best.reasons];
  const [first] = best.present;
  if (best.scopesMissing.length > 0) reasons.push(reason('scope_missing', best.scopesMissing.join(' ')));
  if (!first || best.scopesMissing.length > 0) return suppress(recipient, reasons);
  if (best.installation.state === 'lost') reasons.push(reason('installation_lost', best.installation.installationId));
  const place = { kind: 'slack' as const, installationId: best.installation.installationId, teamId: first.teamId };
  const { users } = best;
  const alone = users.length === 1;
  return {
    recipient,
    // A group of which one person is left uses the same direct message as that person.
    aliases: [alone ? slackAccountAlias(first.teamId, first.slackUserId) : conversationAlias(first.teamId, users)],
    verdict: 'send',
    destinations: [
      alone ? { ...place, surface: 'dm', channel: first.slackUserId } : { ...place, surface: 'group_dm', users },
    ],
    mode: now,
    reasons,
  };
}

/** The installation that reaches the most members; a lost one only when no active one reaches anybody. */
function bestCandidate(
  installations: readonly KnownInstallation[],
  members: string[],
  event: DecidedEvent,
  context: TenantContext,
): InstallationCandidate {
  let best: InstallationCandidate | undefined;
  for (const installation of installations) {
    if (best && reached(best) > 0 && best.installation.state !== installation.state) break;
    const candidate = candidateIn(installation, members, event, context);
    if (
      !best ||
      reached(candidate) > reached(best) ||
      (reached(best) === 0 && candidate.present.length > best.present.length)
    )
      best = candidate;
  }
  return best!;
}

const reached = (candidate: InstallationCandidate): number =>
  candidate.scopesMissing.length > 0 ? 0 : candidate.present.length;

interface InstallationCandidate {
  installation: KnownInstallation;
  present: SlackAddress[];
  /** Those present, each once. */
  users: string[];
  /** What a conversation of several people needs and was not granted. */
  scopesMissing: string[];
  reasons: Reason[];
}

function candidateIn(
  installation: KnownInstallation,
  members: string[],
  event: DecidedEvent,
  context: TenantContext,
): InstallationCandidate {
  const present: SlackAddress[] = [];
  const reasons: Reason[] = [];
  for (const memberId of members) {
    const found = findIn(installation, memberId, event, context);
    if (found.address) present.push(found.address);
    reasons.push(found.reason);
  }
  const users = [...new Set(present.map((address) => address.slackUserId))];
  const { scopes } = installation;
  const scopesMissing = users.length > 1 && scopes !== undefined ? scopesMissingFor(scopes, 'group_messages') : [];
  return { installation, present, users, scopesMissing, reasons };
}

function findIn(
  installation: KnownInstallation,
  memberId: string,
  event: DecidedEvent,
  context: TenantContext,
): { address?: SlackAddress; reason: Reason } {
  const person = context.members.get(memberId);
  if (!person) return { reason: reason('unknown_member', memberId) };
  if (!person.active) return { reason: reason('member_inactive', memberId) };
  const { channels } = chooseFor(event.type, context.defaults, person.choices);
  if (!channels.includes('slack'))
    return { reason: reason(person.choices?.slackOff ? 'slack_off' : 'muted', memberId) };
  if (isPaused(person, event.type, event.at)) return { reason: reason('paused', memberId) };
  const address = addressIn(installation, person.links);
  if (address) return { address, reason: reason('linked', memberId) };
  const [whyNot] = reachInSlack(person, [installation]).reasons;
  return { reason: reason(whyNot?.code ?? 'not_linked', memberId) };
}

function chooseInstallation(
  named: string | undefined,
  installations: readonly KnownInstallation[],
): { installation?: KnownInstallation; reasons: Reason[] } {
  const installation = named === undefined ? installations[0] : installations.find((i) => i.installationId === named);
  return { ...(installation && { installation }), reasons: reasonsOf(installation, named) };
}

function reasonsOf(installation: KnownInstallation | undefined, named: string | undefined): Reason[] {
  const addressed = reason('addressed');
  if (!installation)
    return [addressed, named === undefined ? reason('not_connected') : reason('unknown_installation', named)];
  const { state, installationId } = installation;
  if (state === 'disconnected') return [addressed, reason('installation_disconnected', installationId)];
  return state === 'lost' ? [addressed, reason('installation_lost', installationId)] : [addressed];
}
