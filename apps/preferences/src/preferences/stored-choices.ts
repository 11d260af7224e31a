// What somebody chose, as it stands in two parts in the database: the channels in columns that the release before reads
// and writes too, and the rest in `settings`. Guarantees: reading never throws for what a release has stored; a zone
// that this process does not know, and a value of a newer release, are left out, and a change leaves them where they
// are (kept-settings.ts).
import { cadence, channelKinds, throttle, timeZone, type ChannelKind } from '@carillon/domain';
import { z } from 'zod';
import type { Choice, Choices, MemberChoices, OrganisationDefaults } from '../resolution/resolution-context.ts';
import { localTime, weekday } from '../scheduling/local-time.ts';
import { quietHoursList } from '../scheduling/quiet-hours.ts';
import { keepUnknown, keepUnknownIn } from './kept-settings.ts';

export type StoredChannels = Record<string, readonly ChannelKind[]>;
type Rest = Omit<Choice, 'channels'>;

export interface StoredSettings {
  types?: Record<string, Rest>;
  categories?: Record<string, Rest>;
  quietHours?: unknown;
  freeDays?: unknown;
  /** ISO time. */
  pausedUntil?: unknown;
  timeZone?: unknown;
  installationId?: unknown;
}

export interface StoredRow {
  types: StoredChannels;
  categories: StoredChannels;
  settings: StoredSettings | null;
}

const rest = z.object({
  cadence: cadence.optional().catch(undefined),
  at: localTime.optional().catch(undefined),
  on: weekday.optional().catch(undefined),
  fallback: z.enum(['email', 'none']).optional().catch(undefined),
  throttle: z
    .union([throttle, z.literal('none')])
    .optional()
    .catch(undefined),
});

export function memberChoicesOf({ slackOff, ...row }: StoredRow & { slackOff: boolean }): MemberChoices {
  const { quietHours, pausedUntil, timeZone: zone, installationId } = row.settings ?? {};
  const until = typeof pausedUntil === 'string' ? Date.parse(pausedUntil) : NaN;
  const windows = quietHoursList.safeParse(quietHours);
  const knownZone = timeZone.safeParse(zone);
  return {
    slackOff,
    ...choicesOf(row),
    ...(windows.success && { quietHours: windows.data }),
    ...(until > 0 && { pausedUntil: until }),
    ...(knownZone.success && { timeZone: knownZone.data }),
    ...(typeof installationId === 'string' && { installationId }),
  };
}

export function defaultsOf(row: StoredRow): OrganisationDefaults {
  const windows = quietHoursList.safeParse(row.settings?.quietHours);
  const freeDays = z.array(z.iso.date()).safeParse(row.settings?.freeDays);
  return {
    ...choicesOf(row),
    ...(windows.success && { quietHours: windows.data }),
    ...(freeDays.success && { freeDays: freeDays.data }),
  };
}

/** `object`: TypeORM's partial of an entity takes no field that may be absent. */
type Storable = Omit<StoredRow, 'settings'> & { settings: object };
type Made = StoredRow & { settings: StoredSettings };

/** @param before what is stored */
export function storedMember(choices: MemberChoices, before: (StoredRow & { slackOff: boolean }) | null): Storable {
  return kept(before, before && ofMember(memberChoicesOf(before)), ofMember(choices), choices);
}

/** @param before what is stored */
export function storedDefaults(defaults: OrganisationDefaults, before: StoredRow | null): Storable {
  return kept(before, before && ofOrganisation(defaultsOf(before)), ofOrganisation(defaults), defaults);
}

function ofMember(choices: MemberChoices): Made {
  const { pausedUntil, timeZone: zone, installationId, quietHours } = choices;
  return stored(choices, {
    ...(quietHours && { quietHours }),
    ...(pausedUntil !== undefined && { pausedUntil: new Date(pausedUntil).toISOString() }),
    ...(zone !== undefined && { timeZone: zone }),
    ...(installationId !== undefined && { installationId }),
  });
}

function ofOrganisation(defaults: OrganisationDefaults): Made {
  const { quietHours, freeDays } = defaults;
  return stored(defaults, { ...(quietHours && { quietHours }), ...(freeDays && { freeDays }) });
}

function kept(before: StoredRow | null, read: Made | null, made: Made, choices: Choices): Storable {
  if (!before || !read) return made;
  const old = before.settings ?? {};
  const { types: oldTypes = {}, categories: oldCategories = {}, ...oldRest } = old;
  const { types: readTypes = {}, categories: readCategories = {}, ...readRest } = read.settings;
  const { types: madeTypes = {}, categories: madeCategories = {}, ...madeRest } = made.settings;
  const [types, categories] = [Object.keys(choices.types), Object.keys(choices.categories)];
  const channelsOf = (of: 'types' | 'categories', names: readonly string[]): StoredChannels => {
    const kept = keepUnknown({ stored: before[of], read: read[of], made: made[of] });
    return Object.fromEntries(Object.entries(kept).filter(([name]) => names.includes(name))) as StoredChannels;
  };
  return {
    types: channelsOf('types', types),
    categories: channelsOf('categories', categories),
    settings: {
      ...keepUnknown({ stored: oldRest, read: readRest, made: madeRest }),
      types: keepUnknownIn(types, { stored: oldTypes, read: readTypes, made: madeTypes }),
      categories: keepUnknownIn(categories, { stored: oldCategories, read: readCategories, made: madeCategories }),
    },
  };
}

function choicesOf({ types, categories, settings }: StoredRow): Choices {
  return { types: joined(types, settings?.types), categories: joined(categories, settings?.categories) };
}

function joined(channels: StoredChannels, others: Record<string, Rest> = {}): Record<string, Choice> {
  const names = new Set([...Object.keys(channels), ...Object.keys(others)]);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      {
        ...(Object.hasOwn(channels, name) && knownChannels(channels[name]!)),
        ...(Object.hasOwn(others, name) && rest.safeParse(others[name]).data),
      },
    ]),
  );
}

/** A list of unknown ones alone does not mean off. */
function knownChannels(list: readonly ChannelKind[]): Choice {
  const known = list.filter((channel) => channelKinds.includes(channel));
  return known.length > 0 || list.length === 0 ? { channels: known } : {};
}

function stored({ types, categories }: Choices, settings: StoredSettings): Made {
  const [ofTypes, ofCategories] = [divided(types), divided(categories)];
  return {
    types: ofTypes.channels,
    categories: ofCategories.channels,
    settings: { ...settings, types: ofTypes.others, categories: ofCategories.others },
  };
}

function divided(choices: Choices['types']): { channels: StoredChannels; others: Record<string, Rest> } {
  const channels: [string, readonly ChannelKind[]][] = [];
  const others: [string, Rest][] = [];
  for (const [name, { channels: chosen, ...one }] of Object.entries(choices)) {
    if (chosen) channels.push([name, chosen]);
    if (Object.values(one).some((value) => value !== undefined)) others.push([name, one]);
  }
  return { channels: Object.fromEntries(channels), others: Object.fromEntries(others) };
}
