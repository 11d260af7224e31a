// The decision for a place where several people read: a channel, or a group conversation. A channel is told because the
// request names it; people's preferences are about themselves and do not apply to it. In a group each person's wish
// counts: who wants no Slack, or cannot be reached, is left out and named in the reasons. Several people meet only
// where Slack granted the scope for it; one person alone gets a direct message.
import type { AudienceMember, Decision, NotificationType, Reason } from '@carillon/domain';
import { channelRecipient, groupRecipient, slackAccountAlias } from '@carillon/domain/ids';
import { because } from './because.ts';
import { chooseChannels } from './choose-channels.ts';
import { conversationAlias } from './identities.ts';
import type { KnownInstallation, TenantKnowledge } from './knowledge.ts';
import { addressIn, reachInSlack, type SlackAddress } from './reach-in-slack.ts';
import { now, suppress } from './suppress.ts';

export type ChannelAudience = Extract<AudienceMember, { channel: string }>;
export type GroupAudience = Extract<AudienceMember, { members: string[] }>;

/** The place of the team in a channel's recipient while no installation tells which team it is. */
const noTeam = '-';

export function decideChannel(audience: ChannelAudience, knowledge: TenantKnowledge): Decision {
  const { installation, reasons } = chooseInstallation(audience.installation, knowledge.installations);
  const teamId = installation?.teamId ?? installation?.enterpriseId ?? noTeam;
  const recipient = channelRecipient(teamId, audience.channel);
  if (!installation || installation.state === 'disconnected') return suppress(recipient, reasons);
  return {
    recipient,
    verdict: 'send',
    destinations: [
      {
        kind: 'slack',
        surface: 'channel',
        installationId: installation.installationId,
        teamId,
        channel: audience.channel,
      },
    ],
    mode: now,
    reasons,
  };
}

export function decideGroup(audience: GroupAudience, type: NotificationType, knowledge: TenantKnowledge): Decision {
  const members = [...new Set(audience.members)].sort();
  const recipient = groupRecipient(members);
  const named = chooseInstallation(audience.installation, knowledge.installations);
  if (!named.installation || named.installation.state === 'disconnected') return suppress(recipient, named.reasons);
  const connected = knowledge.installations.filter((installation) => installation.state !== 'disconnected');
  const candidates = audience.installation === undefined ? connected : [named.installation];
  const best = bestMeeting(candidates, members, type, knowledge);
  const reasons = [because('addressed'), ...best.reasons];
  const [first] = best.present;
  if (best.scopeMissing) reasons.push(because('scope_missing', groupScope));
  if (!first || best.scopeMissing) return suppress(recipient, reasons);
  if (best.installation.state === 'lost') reasons.push(because('installation_lost', best.installation.installationId));
  const place = { kind: 'slack' as const, installationId: best.installation.installationId, teamId: first.teamId };
  const { users } = best;
  const alone = users.length === 1;
  return {
    recipient,
    // Whoever is left alone in a group is told in the same direct message as by name.
    aliases: [alone ? slackAccountAlias(first.teamId, first.slackUserId) : conversationAlias(first.teamId, users)],
    verdict: 'send',
    destinations: [
      alone ? { ...place, surface: 'dm', channel: first.slackUserId } : { ...place, surface: 'group_dm', users },
    ],
    mode: now,
    reasons,
  };
}

/** Without it, no conversation of several people can be opened. */
const groupScope = 'mpim:write';

/** Where the most of them can meet now; under a lost installation only when nobody can be met elsewhere. */
function bestMeeting(
  installations: readonly KnownInstallation[],
  members: string[],
  type: NotificationType,
  knowledge: TenantKnowledge,
): Meeting {
  let best: Meeting | undefined;
  for (const installation of installations) {
    if (best && told(best) > 0 && best.installation.state !== installation.state) break;
    const meeting = meetIn(installation, members, type, knowledge);
    if (!best || told(meeting) > told(best) || (told(best) === 0 && meeting.present.length > best.present.length))
      best = meeting;
  }
  return best!;
}

const told = (meeting: Meeting): number => (meeting.scopeMissing ? 0 : meeting.present.length);

interface Meeting {
  installation: KnownInstallation;
  present: SlackAddress[];
  /** Those present, each once. */
  users: string[];
  scopeMissing: boolean;
  reasons: Reason[];
}

function meetIn(
  installation: KnownInstallation,
  members: string[],
  type: NotificationType,
  knowledge: TenantKnowledge,
): Meeting {
  const present: SlackAddress[] = [];
  const reasons: Reason[] = [];
  for (const memberId of members) {
    const found = findIn(installation, memberId, type, knowledge);
    if (found.address) present.push(found.address);
    reasons.push(found.reason);
  }
  const users = [...new Set(present.map((address) => address.slackUserId))];
  const scopeMissing =
    users.length > 1 && installation.scopes !== undefined && !installation.scopes.includes(groupScope);
  return { installation, present, users, scopeMissing, reasons };
}

function findIn(
  installation: KnownInstallation,
  memberId: string,
  type: NotificationType,
  knowledge: TenantKnowledge,
): { address?: SlackAddress; reason: Reason } {
  const person = knowledge.members.get(memberId);
  if (!person) return { reason: because('unknown_member', memberId) };
  if (!person.active) return { reason: because('member_inactive', memberId) };
  const { channels } = chooseChannels(type, knowledge.defaults, person.choices);
  if (!channels.includes('slack'))
    return { reason: because(person.choices?.slackOff ? 'slack_off' : 'muted', memberId) };
  const address = addressIn(installation, person.links);
  if (address) return { address, reason: because('linked', memberId) };
  const [whyNot] = reachInSlack(person, [installation]).reasons;
  return { reason: because(whyNot?.code ?? 'not_linked', memberId) };
}

function chooseInstallation(
  named: string | undefined,
  installations: readonly KnownInstallation[],
): { installation?: KnownInstallation; reasons: Reason[] } {
  const installation = named === undefined ? installations[0] : installations.find((i) => i.installationId === named);
  const reasons = [because('addressed')];
  if (!installation) {
    reasons.push(named === undefined ? because('not_connected') : because('unknown_installation', named));
    return { reasons };
  }
  if (installation.state === 'disconnected')
    reasons.push(because('installation_disconnected', installation.installationId));
  if (installation.state === 'lost') reasons.push(because('installation_lost', installation.installationId));
  return { installation, reasons };
}
