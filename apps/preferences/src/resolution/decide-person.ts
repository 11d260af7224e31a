// The decision for one person: by member id, or by an address that may belong to no known person. Guarantees: at most
// one DM. What the person turned off is not sent unless the type cannot be muted. E-mail is used when Slack cannot
// reach the person. There is no fallback to e-mail for a person who turned off Slack for the type or unsubscribed from
// its e-mails.
import {
  channelKinds,
  type Decision,
  type Destination,
  type EmailDestination,
  type NotificationType,
  type Reason,
} from '@carillon/domain';
import { emailRecipient, memberRecipient } from '@carillon/domain/ids';
import { reason } from './reason.ts';
import { chooseChannels } from './choose-channels.ts';
import { identitiesOf } from './identities.ts';
import type { Person, TenantContext } from './resolution-context.ts';
import { addressIn, reachInSlack } from './reach-in-slack.ts';
import { now, suppress } from './suppress.ts';

export function decideMember(memberId: string, type: NotificationType, context: TenantContext): Decision {
  const person = context.members.get(memberId);
  if (person) return decideKnown(person, [reason('addressed')], type.emailFallback, type, context);
  return suppress(memberRecipient(memberId), [reason('addressed'), reason('unknown_member')]);
}

/** @param address normalised */
export function decideAddress(address: string, type: NotificationType, context: TenantContext): Decision {
  const person = context.addresses.get(address);
  if (person) {
    const linked = context.installations.some((installation) => addressIn(installation, person.links));
    const reasons = linked ? [reason('addressed'), reason('linked_by_email')] : [reason('addressed')];
    return decideKnown(person, reasons, true, type, context);
  }
  const chosen = chooseChannels(type, context.defaults, undefined);
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

function decideKnown(
  person: Person,
  reasons: Reason[],
  emailFallback: boolean,
  type: NotificationType,
  context: TenantContext,
): Decision {
  const recipient = memberRecipient(person.memberId);
  const aliases = identitiesOf(person, context.installations);
  if (!person.active) {
    reasons.push(reason('member_inactive'));
    return suppress(recipient, reasons, aliases);
  }
  const chosen = chooseChannels(type, context.defaults, person.choices);
  reasons.push(...chosen.reasons);
  const byEmail = chosen.channels.includes('email');
  const unsubscribed = type.mutable && person.unsubscribed?.has(type.name) === true;
  const destinations: Destination[] = [];
  let fallback: EmailDestination | undefined;
  for (const channel of channelKinds.filter((kind) => chosen.channels.includes(kind))) {
    switch (channel) {
      case 'slack': {
        const reach = reachInSlack(person, context.installations);
        reasons.push(...reach.reasons);
        if (reach.address) {
          const { installation, teamId, slackUserId } = reach.address;
          const { installationId } = installation;
          destinations.push({ kind: 'slack', surface: 'dm', installationId, teamId, channel: slackUserId });
          if (type.emailFallback && !byEmail && !unsubscribed) fallback = emailOf(person);
        } else if (emailFallback && !byEmail && unsubscribed) {
          reasons.push(reason('unsubscribed'));
        } else if (emailFallback && !byEmail) {
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
  const decision: Decision = { recipient, aliases, verdict: 'send', destinations, mode: now, reasons };
  if (fallback) decision.fallback = fallback;
  return decision;
}

const emailOf = (person: Person): EmailDestination => ({ kind: 'email', address: person.email, name: person.name });
