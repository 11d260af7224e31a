// Selects the channels of a type for a person, and records who chose them. The most specific choice applies: the
// member's for the type, the member's for the category, the organisation's for the type, then for the category, then
// the type's default. Guarantees: a type that cannot be muted always keeps a channel. Member and organisation can each
// turn off any other type.
import type { ChannelKind, NotificationType, Reason, ReasonCode } from '@carillon/domain';
import { reason } from './reason.ts';
import type { ChannelChoices, MemberChoices } from './resolution-context.ts';

export interface ChosenChannels {
  channels: readonly ChannelKind[];
  reasons: Reason[];
}

export function chooseChannels(
  type: NotificationType,
  defaults: ChannelChoices | undefined,
  member: MemberChoices | undefined,
): ChosenChannels {
  const own = choiceFor(type, member);
  const organisation = own ? undefined : choiceFor(type, defaults);
  const reasons = [reason(chosenBy(own, organisation))];
  let channels = own ?? organisation ?? type.channels;
  if (channels.length === 0) {
    if (type.mutable) return { channels, reasons: [...reasons, reason('muted')] };
    channels = type.channels;
    reasons.push(reason('type_cannot_be_muted'));
  }
  if (member?.slackOff !== true || !channels.includes('slack')) return { channels, reasons };
  const rest = channels.filter((channel) => channel !== 'slack');
  if (rest.length === 0 && !type.mutable) return { channels, reasons: [...reasons, reason('type_cannot_be_muted')] };
  return { channels: rest, reasons: [...reasons, reason('slack_off')] };
}

function choiceFor(type: NotificationType, choices: ChannelChoices | undefined): readonly ChannelKind[] | undefined {
  if (!choices) return undefined;
  // Own properties only: a type may be called `constructor`.
  if (Object.hasOwn(choices.types, type.name)) return choices.types[type.name];
  if (Object.hasOwn(choices.categories, type.category)) return choices.categories[type.category];
  return undefined;
}

const chosenBy = (own: unknown, organisation: unknown): ReasonCode =>
  own ? 'member_preference' : organisation ? 'organisation_default' : 'default_channels';
