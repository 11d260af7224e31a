// Decides who is notified of a request, where, and why: a pure function of the request, its type and the tenant's
// context. Guarantees: the same input gives the same decisions in the same order. Every recipient that the request
// names gets exactly one decision, however often and in whichever way it is named. A person with several names is
// notified once. A recipient who is not notified gets a suppressed decision with the reason.
import {
  normaliseEmail,
  type AudienceMember,
  type Decision,
  type NotificationRequest,
  type NotificationType,
  type Reason,
} from '@carillon/domain';
import { reason } from './reason.ts';
import { decideAddress, decideMember } from './decide-person.ts';
import { decideChannel, decideGroup } from './decide-destination.ts';
import { onePersonOnce } from './identities.ts';
import type { TenantContext } from './resolution-context.ts';
import { addMentions, mentionedIn, type Mentioning } from './mentions.ts';

export interface Resolution {
  decisions: Decision[];
  /** About the request as a whole: why nobody, or no workflow, was found. */
  reasons: Reason[];
}

export type Addressed = Pick<NotificationRequest, 'to'> & Mentioning;

const noReasons: Reason[] = [];

export function resolve(request: Addressed, type: NotificationType, context: TenantContext): Resolution {
  const resolution = decideAll(request.to ?? [], type, context);
  addMentions(resolution.decisions, mentionedIn(request), context);
  return resolution;
}

function decideAll(to: readonly AudienceMember[], type: NotificationType, context: TenantContext): Resolution {
  if (to.length === 0) return { decisions: [], reasons: [reason('no_workflow'), reason('nobody')] };
  const [only] = to;
  if (to.length === 1 && only && !('workflow' in only))
    return { decisions: [decide(only, type, context)], reasons: noReasons };
  const decisions = new Map<string, Decision>();
  const reasons: Reason[] = [];
  for (const audience of to) {
    if ('workflow' in audience) {
      if (reasons.length === 0) reasons.push(reason('no_workflow'));
      continue;
    }
    const decision = decide(audience, type, context);
    const earlier = decisions.get(decision.recipient);
    // Named twice: whichever way reaches the recipient counts.
    if (!earlier || (earlier.verdict === 'suppress' && decision.verdict === 'send'))
      decisions.set(decision.recipient, decision);
  }
  return { decisions: onePersonOnce([...decisions.values()]), reasons };
}

function decide(
  audience: Exclude<AudienceMember, { workflow: true }>,
  type: NotificationType,
  context: TenantContext,
): Decision {
  if ('member' in audience) return decideMember(audience.member, type, context);
  if ('email' in audience) return decideAddress(normaliseEmail(audience.email), type, context);
  if ('channel' in audience) return decideChannel(audience, context);
  return decideGroup(audience, type, context);
}
