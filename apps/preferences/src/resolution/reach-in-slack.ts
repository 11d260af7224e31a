// Selects the Slack address of a person: at most one, however many installations link the person. The installation that
// the member chose is preferred, else the first one that was connected; an active one is preferred to a lost one in any
// case. With a lost one the message is decided, and waits.
import type { InstallationStateName, Link, LinkStatus, Reason, ReasonCode } from '@carillon/domain';
import { reason } from './reason.ts';
import type { KnownInstallation, Person } from './resolution-context.ts';

export interface SlackAddress {
  installation: KnownInstallation;
  teamId: string;
  slackUserId: string;
}

export type Reach = { address: SlackAddress; reasons: Reason[] } | { address?: undefined; reasons: Reason[] };

export function reachInSlack(person: Person, installations: readonly KnownInstallation[]): Reach {
  for (const installation of inOrderOf(person, installations)) {
    if (installation.state === 'disconnected') break;
    const address = addressIn(installation, person.links);
    if (address) {
      const reasons = [reason('linked', installation.installationId)];
      if (installation.state === 'lost') reasons.push(reason('installation_lost', installation.installationId));
      return { address, reasons };
    }
  }
  return { reasons: [whyNot(person, installations)] };
}

function inOrderOf({ choices }: Person, installations: readonly KnownInstallation[]): readonly KnownInstallation[] {
  const chosen = choices?.installationId;
  if (chosen === undefined) return installations;
  const preferred = installations.find(({ installationId }) => installationId === chosen);
  // The list is active before lost before disconnected.
  if (!preferred || preferred === installations[0]) return installations;
  const rank = (one: KnownInstallation): number => states.indexOf(one.state) * 2 + (one === preferred ? 0 : 1);
  return [...installations].sort((a, b) => rank(a) - rank(b));
}

const states: readonly InstallationStateName[] = ['active', 'lost', 'disconnected'];

export function addressIn(installation: KnownInstallation, links: readonly Link[]): SlackAddress | undefined {
  for (const { installationId, status, slackUserId, teamId = installation.teamId } of links) {
    if (installationId !== installation.installationId || (status !== 'matched' && status !== 'manual')) continue;
    if (slackUserId !== undefined && teamId !== undefined) return { installation, teamId, slackUserId };
  }
  return undefined;
}

const unusable: Partial<Record<LinkStatus, ReasonCode>> = {
  removed: 'link_removed',
  ambiguous: 'link_ambiguous',
  deactivated: 'link_deactivated',
};

function whyNot(person: Person, installations: readonly KnownInstallation[]): Reason {
  if (installations.length === 0) return reason('not_connected');
  const connected = installations.filter((installation) => installation.state !== 'disconnected');
  if (connected.length === 0) return reason('installation_disconnected', installations[0]?.installationId);
  for (const { installationId } of connected) {
    const link = person.links.find((l) => l.installationId === installationId && unusable[l.status]);
    if (link) return reason(unusable[link.status]!, installationId);
  }
  const gone = installations.find((i) => i.state === 'disconnected' && addressIn(i, person.links));
  return gone ? reason('installation_disconnected', gone.installationId) : reason('not_linked');
}
