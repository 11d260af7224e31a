// Finds recipients that are the same person. Each identity belongs to at most one decision. Guarantees: within a
// notification, a Slack account, a conversation or an address of a person is notified at most once. Delivery refuses a
// decision if one of its identities was decided before; it refuses none of these because of another, in whichever order
// they arrive. Of several decisions for one person, one that sends is kept before one that does not.
import type { Decision } from '@carillon/domain';
import { emailRecipient, slackAccountAlias } from '@carillon/domain/ids';
import { reason } from './reason.ts';
import type { KnownInstallation, Person } from './resolution-context.ts';
import { suppress } from './suppress.ts';

/** As many as the topic's schema allows. */
const most = 20;
const none: readonly string[] = [];

/** Shared by every decision about the person: never changed. */
type Identities = string[];

/**
 * What is known of a person holds as long as the object does: it is read anew when anything about the person changes.
 */
const known = new WeakMap<Person, { installations: readonly KnownInstallation[]; identities: Identities }>();

/** The address, and every Slack account that a link leads to now. */
export function identitiesOf(person: Person, installations: readonly KnownInstallation[]): Identities {
  const before = known.get(person);
  if (before?.installations === installations) return before.identities;
  const identities = new Set([emailRecipient(person.email)]);
  for (const { installationId, status, slackUserId, teamId } of person.links) {
    if ((status !== 'matched' && status !== 'manual') || slackUserId === undefined) continue;
    const team = teamId ?? installations.find((one) => one.installationId === installationId)?.teamId;
    if (team !== undefined) identities.add(slackAccountAlias(team, slackUserId));
  }
  const list = [...identities].slice(0, most);
  known.set(person, { installations, identities: list });
  return list;
}

/** A conversation of several has one identity whichever members lead to its users. */
export const conversationAlias = (teamId: string, users: readonly string[]): string =>
  slackAccountAlias(teamId, [...users].sort().join(','));

/**
 * Leaves one decision that sends for each person. The later ones are suppressed and name the recipient that is
 * notified.
 */
export function onePersonOnce(decisions: Decision[]): Decision[] {
  if (!sharesIdentities(decisions)) return decisions;
  const owners = new Map<string, Decision>();
  const merged = new Map<Decision, Decision>();
  for (const sends of [true, false]) {
    for (const decision of decisions) {
      if ((decision.verdict === 'send') !== sends) continue;
      const identities = [decision.recipient, ...(decision.aliases ?? none)];
      const owner = identities.map((identity) => owners.get(identity)).find((one) => one !== undefined) ?? decision;
      if (owner !== decision) merged.set(decision, sends ? samePerson(decision, owner) : withAliases(decision, []));
      for (const identity of identities) if (!owners.has(identity)) owners.set(identity, owner);
    }
  }
  const aliases = new Map<Decision, string[]>(decisions.map((decision) => [decision, []]));
  const recipients = new Set(decisions.map(({ recipient }) => recipient));
  for (const [identity, owner] of owners) if (!recipients.has(identity)) aliases.get(owner)!.push(identity);
  return decisions.map((decision) => merged.get(decision) ?? withAliases(decision, aliases.get(decision)!));
}

function samePerson({ recipient, reasons }: Decision, notified: Decision): Decision {
  return suppress(recipient, [...reasons, reason('same_person', notified.recipient)]);
}

function withAliases(decision: Decision, aliases: string[]): Decision {
  const { aliases: _, ...rest } = decision;
  return aliases.length > 0 ? { ...rest, aliases: aliases.slice(0, most) } : rest;
}

/** Mostly nobody does, and nothing is copied then. */
function sharesIdentities(decisions: readonly Decision[]): boolean {
  const seen = new Set<string>();
  for (const { recipient, aliases = none } of decisions) {
    for (const identity of [recipient, ...aliases]) {
      if (seen.has(identity)) return true;
      seen.add(identity);
    }
  }
  return false;
}
