// The decision for one person: by member id, or by an address that may belong to no known person. Guarantees: at most
// one DM. What the person turned off or paused is not sent unless the type cannot be muted. E-mail is used when Slack
// cannot reach the person, where the type or a preference says so. There is no fallback to e-mail for a person who
// turned off Slack for the type or unsubscribed from its e-mails.
import {
  channelKinds,
  type Decision,
  type Destination,
  type EmailDestination,
  type NotificationType,
  type Priority,
  type Reason,
} from '@carillon/domain';
import { emailRecipient, memberRecipient } from '@carillon/domain/ids';
import { reason } from './reason.ts';
import { chooseFor } from './choose-channels.ts';
import { deliveryTime } from './delivery-time.ts';
import { identitiesOf } from './identities.ts';
import type { Person, TenantContext } from './resolution-context.ts';
import { addressIn, reachInSlack } from './reach-in-slack.ts';
import { now, suppress } from './suppress.ts';

/** What a decision depends on besides the recipient and the context. */
export interface DecidedEvent {
  type: NotificationType;
  priority?: Priority | undefined;
  /** When it is decided, epoch ms. */
  at: number;
}

export function decideMember(memberId: string, event: DecidedEvent, context: TenantContext): Decision {
  const person = context.members.get(memberId);
  if (person) return decideKnown(person, [reason('addressed')], false, event, context);
  return suppress(memberRecipient(memberId), [reason('addressed'), reason('unknown_member')]);
}

/** @param address normalised */
export function decideAddress(address: string, event: DecidedEvent, context: TenantContext): Decision {
  const person = context.addresses.get(address);
  if (person) {
    const linked = context.installations.some((installation) => addressIn(installation, person.links));
    const reasons = linked ? [reason('addressed'), reason('linked_by_email')] : [reason('addressed')];
    return decideKnown(person, reasons, true, event, context);
  }
  const { type } = event;
  const chosen = chooseFor(type, context.defaults, undefined);
  const reasons = [reason('addressed'), ...chosen.reasons];
  if (chosen.channels.length === 0) return suppress(emailRecipient(address), reasons);
  if (type.mutable && context.unsubscribed?.get(address)?.has(type.name)) {
    reasons.push(reason('unsubscribed'));
    return suppress(emailRecipient(address), reasons);
  }
  reasons.push(reason('email_only'));
  const destinations: Destination[] = [{ kind: 'email', address }];
  return { recipient: emailRecipient(address), verdict: 'send', destinations, mode: now, reasons };
}

/** @param byAddress the request names an address, so e-mail stands in for Slack unless somebody chose otherwise */
function decideKnown(
  person: Person,
  reasons: Reason[],
  byAddress: boolean,
  event: DecidedEvent,
  context: TenantContext,
): Decision {
  const { type, priority, at } = event;
  const recipient = memberRecipient(person.memberId);
  const aliases = identitiesOf(person, context.installations);
  if (!person.active) {
    reasons.push(reason('member_inactive'));
    return suppress(recipient, reasons, aliases);
  }
  const chosen = chooseFor(type, context.defaults, person.choices);
  reasons.push(...chosen.reasons);
  if (chosen.channels.length > 0 && isPaused(person, type, at)) {
    reasons.push(reason('paused'));
    return suppress(recipient, reasons, aliases);
  }
  const byEmail = chosen.channels.includes('email');
  const unsubscribed = type.mutable && person.unsubscribed?.has(type.name) === true;
  const fallsBack = chosen.fallback === 'email' || (byAddress && chosen.from.fallback === 'type');
  const destinations: Destination[] = [];
  let fallback: EmailDestination | undefined;
  for (const channel of channelKinds) {
    if (!chosen.channels.includes(channel)) continue;
    switch (channel) {
      case 'slack': {
        const reach = reachInSlack(person, context.installations);
        reasons.push(...reach.reasons);
        if (reach.address) {
          const { installation, teamId, slackUserId } = reach.address;
          const { installationId } = installation;
          destinations.push({ kind: 'slack', surface: 'dm', installationId, teamId, channel: slackUserId });
          if (chosen.fallback === 'email' && !byEmail && !unsubscribed) fallback = emailOf(person);
        } else if (byEmail) {
          // The e-mail is sent in any case.
        } else if (!fallsBack) {
          if (chosen.from.fallback !== 'type') reasons.push(reason('fallback_off'));
        } else if (unsubscribed) {
          reasons.push(reason('unsubscribed'));
        } else {
          destinations.push(emailOf(person));
          reasons.push(reason('email_fallback'));
        }
        break;
      }
      case 'email':
        destinations.push(emailOf(person));
        break;
    }
  }
  if (destinations.length === 0) return suppress(recipient, reasons, aliases);
  const time = deliveryTime(recipient, person, chosen, priority, context, at);
  if (time.reason) reasons.push(time.reason);
  const decision: Decision = { recipient, aliases, verdict: 'send', destinations, mode: time.mode, reasons };
  if (fallback) decision.fallback = fallback;
  return decision;
}

/** What must be told is told in a pause, too. */
export const isPaused = ({ choices }: Person, type: NotificationType, at: number): boolean =>
  type.mutable && choices?.pausedUntil !== undefined && choices.pausedUntil > at;

const emailOf = (person: Person): EmailDestination => ({ kind: 'email', address: person.email, name: person.name });
