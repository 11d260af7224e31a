// Decides which Slack user a member is in one installation. Pure. Guarantees: the result does not depend on the order
// of the users; an admin's choice is kept, and reported as deactivated while that user is deactivated; between two
// active users none is chosen.
import type { Link } from '@carillon/domain';

/** A Slack user that is a person. */
export interface SlackPerson {
  slackUserId: string;
  teamId: string;
  /** Normalised. */
  emailKey: string | null;
  active: boolean;
}

/** What an admin decided for one member in one installation. */
export type Choice = { kind: 'manual'; slackUserId: string; teamId?: string | undefined } | { kind: 'removed' };

export type Match = Omit<Link, 'installationId'>;

export function match(emailKey: string, people: readonly SlackPerson[], choice?: Choice): Match {
  if (choice?.kind === 'removed') return { status: 'removed' };
  if (choice?.kind === 'manual') {
    const chosen = people.find((person) => person.slackUserId === choice.slackUserId);
    return {
      status: chosen?.active ? 'manual' : 'deactivated',
      slackUserId: choice.slackUserId,
      ...teamOf(chosen ?? choice),
    };
  }
  const namesakes = people.filter((person) => person.emailKey === emailKey);
  const active = namesakes.filter((person) => person.active);
  const [only] = active;
  if (only && active.length === 1) return { status: 'matched', slackUserId: only.slackUserId, teamId: only.teamId };
  if (active.length > 1) return { status: 'ambiguous' };
  const [gone] = namesakes;
  if (gone && namesakes.length === 1)
    return { status: 'deactivated', slackUserId: gone.slackUserId, teamId: gone.teamId };
  return { status: gone ? 'deactivated' : 'unmatched' };
}

const teamOf = ({ teamId }: { teamId?: string | undefined }) => (teamId === undefined ? {} : { teamId });
