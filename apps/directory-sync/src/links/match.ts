// Decides which Slack user a member is in one installation. Pure. Guarantees: only addresses are compared, never
// names; the result does not depend on the order of the users; a choice by hand is kept, and reported as deactivated
// while that user is deactivated; a guest whom the tenant's policy leaves out is never found by address; neither
// between two active users with the address nor between two active members is one chosen.
import type { Link } from '@carillon/domain';
import type { GuestPolicy } from '../policy/directory-policy.ts';
import type { GuestKind } from '../slack/slack-people.ts';

/** A Slack user that is a person of the workspace. */
export interface SlackPerson {
  slackUserId: string;
  teamId: string;
  /** Normalised. */
  emailKey: string | null;
  active: boolean;
  guest: GuestKind | null;
}

/** What an admin or the member decided for one member in one installation. */
export type Choice = { kind: 'manual'; slackUserId: string; teamId?: string | undefined } | { kind: 'removed' };

export interface MatchedMember {
  /** Normalised. */
  emailKey: string;
  /** Another active member of the tenant has the address too. */
  contested: boolean;
  choice?: Choice | undefined;
}

export type Match = Omit<Link, 'installationId'>;

export function match(
  { emailKey, contested, choice }: MatchedMember,
  people: readonly SlackPerson[],
  guests: GuestPolicy,
): Match {
  if (choice?.kind === 'removed') return { status: 'removed' };
  if (choice?.kind === 'manual') {
    const chosen = people.find((person) => person.slackUserId === choice.slackUserId);
    return {
      status: chosen?.active ? 'manual' : 'deactivated',
      slackUserId: choice.slackUserId,
      ...teamOf(chosen ?? choice),
    };
  }
  const namesakes = people.filter((person) => person.emailKey === emailKey && admits(guests, person.guest));
  const active = namesakes.filter((person) => person.active);
  const [only] = active;
  if (active.length > 1 || (only && contested)) return { status: 'ambiguous' };
  if (only) return { status: 'matched', slackUserId: only.slackUserId, teamId: only.teamId };
  const [gone] = namesakes;
  if (gone && namesakes.length === 1)
    return { status: 'deactivated', slackUserId: gone.slackUserId, teamId: gone.teamId };
  return { status: gone ? 'deactivated' : 'unmatched' };
}

/** Whether the policy lets a person be linked who is, or is not, a guest. */
export const admits = (guests: GuestPolicy, guest: GuestKind | null): boolean =>
  guest === null || guests === 'all' || guests === guest;

const teamOf = ({ teamId }: { teamId?: string | undefined }) => (teamId === undefined ? {} : { teamId });
