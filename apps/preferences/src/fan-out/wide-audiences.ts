// What of a request's audience is found by a search, and in which steps. Pure. Guarantees: everybody who belongs to it
// is in exactly one step, in a channel or as a member; who is named one by one is in none.
import {
  normaliseEmail,
  wideKindOf,
  type AudienceMember,
  type NotificationType,
  type Reason,
  type WideAudience,
} from '@carillon/domain';
import { reason } from '../resolution/reason.ts';

/** A step of a fan-out: those whom one statement finds, page by page. */
export type Step =
  | { find: 'channels'; topic: string }
  | { find: 'followers'; topic: string }
  | { find: 'members_with_role'; role: string }
  | { find: 'members' };

/** Who is decided otherwise, or in an earlier step. */
export interface Elsewhere {
  members: string[];
  /** Normalised. */
  addresses: string[];
  topics: string[];
  roles: string[];
}

/** Each costs a step of its own. */
const mostWide = 20;
const none: readonly WideAudience[] = [];

/** Mostly there is none, and nothing is made. */
export function wideOf(to: readonly AudienceMember[] | undefined): readonly WideAudience[] {
  if (to === undefined) return none;
  let wide: WideAudience[] | undefined;
  for (const audience of to) if (isWide(audience)) (wide ??= []).push(audience);
  return wide ?? none;
}

export const isWide = (audience: AudienceMember): audience is WideAudience => wideKindOf(audience) !== undefined;

/** Why a request of this type must not name them. */
export function wideFault(
  to: readonly AudienceMember[],
  { name, wideAudiences }: NotificationType,
): { path: string; detail: string } | undefined {
  let count = 0;
  for (const [place, audience] of to.entries()) {
    const kind = wideKindOf(audience);
    if (kind === undefined) continue;
    if (!wideAudiences.includes(kind))
      return {
        path: `to[${place}].${kind}`,
        detail: `the type ${name} does not go to such an audience (wideAudiences)`,
      };
    if (++count > mostWide)
      return { path: `to[${place}]`, detail: `more than ${mostWide} of topic, role and everyone in one request` };
  }
  return undefined;
}

/** The channels first: many people read them. */
export function stepsOf(wide: readonly WideAudience[]): Step[] {
  const topics = [...new Set(wide.flatMap((audience) => ('topic' in audience ? [audience.topic] : [])))];
  const roles = [...new Set(wide.flatMap((audience) => ('role' in audience ? [audience.role] : [])))];
  const channels = topics.map((topic): Step => ({ find: 'channels', topic }));
  if (wide.some((audience) => 'everyone' in audience)) return [...channels, { find: 'members' }];
  return [
    ...channels,
    ...topics.map((topic): Step => ({ find: 'followers', topic })),
    ...roles.map((role): Step => ({ find: 'members_with_role', role })),
  ];
}

/** @param to of the request */
export function elsewhereOf(to: readonly AudienceMember[], earlier: readonly Step[]): Elsewhere {
  return {
    members: to.flatMap((audience) => ('member' in audience ? [audience.member] : [])),
    addresses: to.flatMap((audience) => ('email' in audience ? [normaliseEmail(audience.email)] : [])),
    topics: earlier.flatMap((step) => (step.find === 'followers' ? [step.topic] : [])),
    roles: earlier.flatMap((step) => (step.find === 'members_with_role' ? [step.role] : [])),
  };
}

/** Why those of a step are told. */
export function reasonOf(step: Step): Reason {
  switch (step.find) {
    case 'channels':
    case 'followers':
      return reason('follows', step.topic);
    case 'members_with_role':
      return reason('has_role', step.role);
    case 'members':
      return reason('everyone');
  }
}
