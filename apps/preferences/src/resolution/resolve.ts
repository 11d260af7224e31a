// Decides who is notified of a request, where, when and why: a pure function of the event, its type, the tenant's
// context and the time. Guarantees: the same input gives the same decisions in the same order. Every recipient that the
// request names, or that a workflow tells, gets exactly one decision, however often and in whichever way it is named. A
// person with several names is notified once. A recipient who is not notified gets a suppressed decision with the
// reason.
import {
  normaliseEmail,
  wideKindOf,
  type AudienceMember,
  type Decision,
  type NamedAudience,
  type NotificationRequest,
  type NotificationType,
  type Reason,
} from '@carillon/domain';
import { emailRecipient, memberRecipient } from '@carillon/domain/ids';
import type { Variables } from '../conditions/condition.ts';
import { runWorkflows, type Told } from '../workflows/run-workflows.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { reason } from './reason.ts';
import { decideAddress, decideMember, type DecidedEvent } from './decide-person.ts';
import { decideChannel, decideGroup } from './decide-destination.ts';
import { onePersonOnce } from './identities.ts';
import type { TenantContext } from './resolution-context.ts';
import { addMentions, mentionedIn, type Mentioning } from './mentions.ts';
import { suppress } from './suppress.ts';

export interface Resolution {
  decisions: Decision[];
  /** About the request as a whole: why nobody, or no workflow, was found. */
  reasons: Reason[];
  /** Those that told somebody in their own words, which the decisions name as the variant `workflow:<id>`. */
  workflows?: readonly OwnWords[];
}

export type OwnWords = Pick<Told, 'workflow' | 'mention'>;

export type Addressed = Pick<NotificationRequest, 'to' | 'priority' | 'expiresAt' | 'data'> & Mentioning;

/** The time of the decision, and what expressions read. */
export interface Moment {
  /** Epoch ms. */
  at: number;
  variables: Variables;
}

/** Somebody whom the request reaches without naming them: one of a page of a large audience. */
export interface Reached {
  audience: NamedAudience;
  because: Reason;
}

const noReasons: Reason[] = [];
const nobodyElse: readonly Reached[] = [];

/** Whether the tenant's workflows are asked. */
export const asksWorkflows = ({ to }: { to?: readonly AudienceMember[] | undefined }): boolean =>
  to === undefined || to.length === 0 || to.some((audience) => 'workflow' in audience);

export function resolve(
  request: Addressed,
  type: NotificationType,
  context: TenantContext,
  { at, variables }: Moment,
  reached = nobodyElse,
): Resolution {
  const event: DecidedEvent = { type, priority: request.priority, at };
  const resolution = decideAll(request.to ?? [], event, context, variables, reached);
  const { decisions } = resolution;
  if (request.expiresAt !== undefined && Date.parse(request.expiresAt) <= at) suppressAll(decisions, reason('expired'));
  else if (type.excludeActor) excludeActor(decisions, request.data);
  addMentions(decisions, mentionedIn(request), context);
  for (const { workflow, mention } of resolution.workflows ?? []) {
    const body = workflow.body ?? request.body;
    const mentions = mention ? [...(request.mentions ?? []), mention] : request.mentions;
    const told = decisions.filter(({ variant }) => variant === variantOf(workflow));
    addMentions(told, mentionedIn({ mentions, body }), context);
  }
  return resolution;
}

function decideAll(
  to: readonly AudienceMember[],
  event: DecidedEvent,
  context: TenantContext,
  variables: Variables,
  reached: readonly Reached[],
): Resolution {
  const [only] = to;
  if (to.length === 1 && only && isNamed(only))
    return { decisions: [decide(only, event, context)], reasons: noReasons };
  const reasons: Reason[] = [];
  const decisions = new Map<string, Decision>();
  const add = (decision: Decision): void => {
    const earlier = decisions.get(decision.recipient);
    // Named twice: whichever way reaches the recipient counts.
    if (!earlier || (earlier.verdict === 'suppress' && decision.verdict === 'send'))
      decisions.set(decision.recipient, decision);
  };
  const addSaved = (id: string, told?: Told): void => {
    const saved = context.destinations?.get(id);
    if (!saved) reasons.push(reason('unknown_destination', id));
    for (const audience of saved?.to ?? []) {
      const decision = told ? decideTold({ ...told, audience }, event, context) : decide(audience, event, context);
      add(told ? decision : inPlaceOfAddressed(decision, reason('saved_destination', saved!.name)));
    }
  };
  for (const audience of to) {
    if (isNamed(audience)) add(decide(audience, event, context));
    else if ('destination' in audience) addSaved(audience.destination);
  }
  for (const { audience, because } of reached) add(inPlaceOfAddressed(decide(audience, event, context), because));
  const workflows: OwnWords[] = [];
  if (asksWorkflows({ to })) {
    const run = runWorkflows(context.workflows?.get(event.type.name) ?? [], variables);
    reasons.push(...run.reasons);
    for (const told of run.told) {
      const { audience } = told;
      if ('destination' in audience) addSaved(audience.destination, told);
      else add(decideTold({ ...told, audience }, event, context));
      if (hasOwnWords(told.workflow) && !workflows.some(({ workflow }) => workflow === told.workflow))
        workflows.push(told);
    }
  }
  if (decisions.size === 0) reasons.push(reason(to.some(wideKindOf) ? 'audience_empty' : 'nobody'));
  return { decisions: onePersonOnce([...decisions.values()]), reasons, ...(workflows.length > 0 && { workflows }) };
}

export const hasOwnWords = ({ title, body, mention }: Workflow): boolean =>
  title !== undefined || body !== undefined || mention !== undefined;

export const variantOf = ({ id }: Workflow): string => `workflow:${id}`;

function decideTold(
  { audience, workflow }: Told & { audience: NamedAudience },
  event: DecidedEvent,
  context: TenantContext,
): Decision {
  // The workflow is why the recipient is there, not the request.
  const decision = inPlaceOfAddressed(decide(audience, event, context), reason('workflow', workflow.name));
  if (hasOwnWords(workflow)) decision.variant = variantOf(workflow);
  return decision;
}

function inPlaceOfAddressed(decision: Decision, because: Reason): Decision {
  decision.reasons = [because, ...decision.reasons.filter(({ code }) => code !== 'addressed')];
  return decision;
}

const isNamed = (audience: AudienceMember): audience is NamedAudience =>
  !('workflow' in audience || 'destination' in audience) && wideKindOf(audience) === undefined;

function decide(audience: NamedAudience, event: DecidedEvent, context: TenantContext): Decision {
  if ('member' in audience) return decideMember(audience.member, event, context);
  if ('email' in audience) return decideAddress(normaliseEmail(audience.email), event, context);
  if ('channel' in audience) return decideChannel(audience, context);
  return decideGroup(audience, event, context);
}

function suppressAll(decisions: Decision[], because: Reason): void {
  for (const [place, { recipient, reasons, aliases }] of decisions.entries())
    decisions[place] = suppress(recipient, [...reasons, because], aliases);
}

/** A group conversation keeps its members: it is not the actor alone who reads it. */
function excludeActor(decisions: Decision[], data: NotificationRequest['data']): void {
  const actor = data?.['actor'];
  if (typeof actor !== 'string') return;
  const identities = [memberRecipient(actor), ...(actor.includes('@') ? [emailRecipient(actor)] : [])];
  for (const [place, decision] of decisions.entries()) {
    const { recipient, aliases = [], reasons } = decision;
    if (recipient.startsWith('group:') || decision.verdict === 'suppress') continue;
    if (identities.some((identity) => identity === recipient || aliases.includes(identity)))
      decisions[place] = suppress(recipient, [...reasons, reason('actor_excluded')], aliases);
  }
}
