// What somebody chose, as it stands in two parts in the database: the channels in columns that the release before reads
// and writes too, and the rest in `settings`. Guarantees: reading never throws for what a release has stored; a zone
// that this process does not know, and a value of a newer release, are left out.
import { cadence, throttle, timeZone, type ChannelKind } from '@carillon/domain';
import { z } from 'zod';
import type { Choice, Choices, MemberChoices, OrganisationDefaults } from '../resolution/resolution-context.ts';
import { localTime, weekday } from '../scheduling/local-time.ts';
import { quietHoursList } from '../scheduling/quiet-hours.ts';

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

export function storedMember(choices: MemberChoices): Storable {
  const { pausedUntil, timeZone: zone, installationId, quietHours } = choices;
  return stored(choices, {
    ...(quietHours && { quietHours }),
    ...(pausedUntil !== undefined && { pausedUntil: new Date(pausedUntil).toISOString() }),
    ...(zone !== undefined && { timeZone: zone }),
    ...(installationId !== undefined && { installationId }),
  });
}

export function storedDefaults(defaults: OrganisationDefaults): Storable {
  const { quietHours, freeDays } = defaults;
  return stored(defaults, { ...(quietHours && { quietHours }), ...(freeDays && { freeDays }) });
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
        ...(Object.hasOwn(channels, name) && { channels: channels[name]! }),
        ...(Object.hasOwn(others, name) && rest.safeParse(others[name]).data),
      },
    ]),
  );
}

function stored({ types, categories }: Choices, settings: StoredSettings): Storable {
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
