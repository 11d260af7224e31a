// Selects what holds for a person and a type: channels, cadence, fallback, throttle, each with who chose it. For each
// value the most specific choice applies: the member's for the type, the member's for the category, the organisation's
// for the type, then for the category, then the type's own, then the platform's. Guarantees: a type that cannot be
// muted always keeps a channel, and no member throttles it; a choice that the type does not allow counts as not made.
// Member and organisation can each turn off any other type.
import type { Cadence, ChannelKind, NotificationType, Reason, Throttle } from '@carillon/domain';
import { defaultDigestDay, defaultDigestTime } from '../scheduling/digest-schedule.ts';
import type { Weekday } from '../scheduling/quiet-hours.ts';
import { reason } from './reason.ts';
import type { Choice, Choices, MemberChoices, OrganisationDefaults } from './resolution-context.ts';

export const choosers = ['platform', 'type', 'organisation', 'member'] as const;
export type Chooser = (typeof choosers)[number];

export interface Chosen {
  channels: readonly ChannelKind[];
  cadence: Cadence;
  /** HH:MM, of a daily or weekly digest. */
  at?: string;
  /** Of a weekly digest. */
  on?: Weekday;
  fallback: 'email' | 'none';
  /** Who chose each of them. */
  from: { channels: Chooser; cadence: Chooser; at?: Chooser; on?: Chooser; fallback: Chooser };
  /** Of the channels. */
  reasons: readonly Reason[];
}

export function chooseFor(
  type: NotificationType,
  defaults: OrganisationDefaults | undefined,
  member: MemberChoices | undefined,
): Chosen {
  const levels = levelsOf(type, defaults, member);
  const channels = chooseChannels(type, levels, member);
  const cadence = pick(levels, 'cadence', (value) => type.cadences.includes(value));
  const fallback = pick(levels, 'fallback');
  const chosen: Chosen = {
    channels: channels.channels,
    cadence: cadence?.value ?? type.cadence,
    fallback: fallback?.value ?? (type.emailFallback ? 'email' : 'none'),
    from: { channels: channels.from, cadence: cadence?.from ?? 'type', fallback: fallback?.from ?? 'type' },
    reasons: channels.reasons,
  };
  if (chosen.cadence === 'daily' || chosen.cadence === 'weekly') {
    const at = pick(levels, 'at');
    chosen.at = at?.value ?? defaultDigestTime;
    chosen.from.at = at?.from ?? 'platform';
  }
  if (chosen.cadence === 'weekly') {
    const on = pick(levels, 'on');
    chosen.on = on?.value ?? defaultDigestDay;
    chosen.from.on = on?.from ?? 'platform';
  }
  return chosen;
}

/** Apart from the rest, because it is asked only where something is sent at once. Undefined: each message is sent. */
export function throttleFor(
  type: NotificationType,
  defaults: OrganisationDefaults | undefined,
  member: MemberChoices | undefined,
): { value: Throttle | 'none'; from: Chooser } | undefined {
  const byMember = type.mutable ? throttleIn(member, type) : undefined;
  if (byMember !== undefined) return { value: byMember, from: 'member' };
  const byOrganisation = throttleIn(defaults, type);
  if (byOrganisation !== undefined) return { value: byOrganisation, from: 'organisation' };
  return type.throttle && { value: type.throttle, from: 'type' };
}

/** Without a list of levels: every message that is sent at once asks, and most have no throttle. */
function throttleIn(choices: Choices | undefined, { name, category }: NotificationType): Choice['throttle'] {
  if (!choices) return undefined;
  const ofType = Object.hasOwn(choices.types, name) ? choices.types[name]!.throttle : undefined;
  if (ofType !== undefined) return ofType;
  return Object.hasOwn(choices.categories, category) ? choices.categories[category]!.throttle : undefined;
}

interface Level {
  choice: Choice;
  from: Chooser;
}

/** The most specific first. */
function levelsOf(
  type: NotificationType,
  defaults: OrganisationDefaults | undefined,
  member: MemberChoices | undefined,
): readonly Level[] {
  if (!defaults && !member) return none;
  const levels: Level[] = [];
  addLevels(levels, type, member, 'member');
  addLevels(levels, type, defaults, 'organisation');
  return levels;
}

const none: readonly Level[] = [];

function addLevels(levels: Level[], type: NotificationType, choices: Choices | undefined, from: Chooser): void {
  if (!choices) return;
  // Own properties only: a type may be called `constructor`.
  if (Object.hasOwn(choices.types, type.name)) levels.push({ choice: choices.types[type.name]!, from });
  if (Object.hasOwn(choices.categories, type.category))
    levels.push({ choice: choices.categories[type.category]!, from });
}

function pick<K extends keyof Choice>(
  levels: readonly Level[],
  key: K,
  allowed: (value: NonNullable<Choice[K]>) => boolean = () => true,
): { value: NonNullable<Choice[K]>; from: Chooser } | undefined {
  for (const { choice, from } of levels) {
    const value = choice[key];
    if (value !== undefined && allowed(value)) return { value, from };
  }
  return undefined;
}

function chooseChannels(
  type: NotificationType,
  levels: readonly Level[],
  member: MemberChoices | undefined,
): { channels: readonly ChannelKind[]; from: Chooser; reasons: readonly Reason[] } {
  const isAllowed = (channel: ChannelKind): boolean => type.allowedChannels.includes(channel);
  // A choice of which nothing is left is no wish to hear nothing.
  const picked = pick(levels, 'channels', (list) => list.length === 0 || list.some(isAllowed));
  let channels = picked?.value ?? type.channels;
  let from: Chooser = picked?.from ?? 'type';
  if (channels.length === 0 && type.mutable) return { channels, from, reasons: mutedBy[from] };
  const slackOff = member?.slackOff === true;
  if (channels.length > 0 && !slackOff && channels.every(isAllowed)) return { channels, from, reasons: chosenBy[from] };
  const reasons = [...chosenBy[from]];
  if (channels.length === 0) {
    channels = type.channels;
    from = 'type';
    reasons.push(reason('type_cannot_be_muted'));
  }
  if (!channels.every(isAllowed)) {
    channels = channels.filter(isAllowed);
    reasons.push(reason('channel_not_allowed'));
  }
  if (!slackOff || !channels.includes('slack')) return { channels, from, reasons };
  const rest = channels.filter((channel) => channel !== 'slack');
  if (rest.length === 0 && !type.mutable)
    return { channels, from, reasons: [...reasons, reason('type_cannot_be_muted')] };
  return { channels: rest, from, reasons: [...reasons, reason('slack_off')] };
}

const chosenBy: Record<Chooser, readonly Reason[]> = {
  platform: [reason('default_channels')],
  type: [reason('default_channels')],
  organisation: [reason('organisation_default')],
  member: [reason('member_preference')],
};
const mutedBy: Record<Chooser, readonly Reason[]> = {
  platform: [...chosenBy.platform, reason('muted')],
  type: [...chosenBy.type, reason('muted')],
  organisation: [...chosenBy.organisation, reason('muted')],
  member: [...chosenBy.member, reason('muted')],
};
