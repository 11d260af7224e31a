// The schemas of what organisations and members choose, checked against the catalogue. Guarantees: a choice for a type
// that does not exist is refused, and so is what its type does not allow. The invalid field is named. A list of
// channels stands for the choice of them alone, as in earlier releases.
import { cadence, channelKind, externalId, timestamp, timeZone, type NotificationType } from '@carillon/domain';
import { Problem } from '@carillon/runtime';
import { z } from 'zod';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Choice, Choices } from '../resolution/resolution-context.ts';
import { localTime, weekday } from '../scheduling/local-time.ts';
import { quietHoursList } from '../scheduling/quiet-hours.ts';

const channels = z
  .array(channelKind)
  .refine((list) => new Set(list).size === list.length, { message: 'names a channel twice' });

const wholeChoice = z
  .strictObject({
    /** Empty: off. */
    channels,
    cadence,
    /** HH:MM in the member's time zone, of a daily or weekly digest. */
    at: localTime,
    /** Of a weekly digest. */
    on: weekday,
    /** Whether an e-mail is sent where Slack cannot reach the member. */
    fallback: z.enum(['email', 'none']),
  })
  .partial();

const choice = z.preprocess(
  (given) => (Array.isArray(given) ? { channels: given as unknown[] } : given),
  wholeChoice,
) as unknown as typeof wholeChoice;

const choices = {
  types: z.record(externalId, choice).default({}),
  categories: z.record(externalId, choice).default({}),
};

const mostFreeDays = 400;
const longestPauseMs = 366 * 86_400_000;

export const memberPreferences = z.strictObject({
  ...choices,
  slackOff: z.boolean().default(false),
  /** Null: no pause. */
  pausedUntil: timestamp
    .refine((until) => Date.parse(until) < Date.now() + longestPauseMs, 'must be within a year from now')
    .nullable()
    .default(null),
  /** Null: the one that Slack or the product knows. */
  timeZone: timeZone.nullable().default(null),
  /** Where the member is told who is linked in several; null: in the one that was connected first. */
  installationId: z.uuid().nullable().default(null),
  /** Null: the organisation's. */
  quietHours: quietHoursList.nullable().default(null),
});
export type MemberPreferencesBody = z.output<typeof memberPreferences>;

export const organisationDefaults = z.strictObject({
  ...choices,
  quietHours: quietHoursList.default([]),
  /** Dates on which it is quiet all day, in each member's time zone. */
  freeDays: z
    .array(z.iso.date())
    .max(mostFreeDays)
    .refine((days) => new Set(days).size === days.length, 'names a day twice')
    .default([]),
});
export type OrganisationDefaultsBody = z.output<typeof organisationDefaults>;

export function checkChoices(chosen: Choices, catalogue: Catalogue): void {
  const errors: { path: string; message: string }[] = [];
  const types = new Map(catalogue.types.map((type) => [type.name, type]));
  for (const [name, one] of Object.entries(chosen.types)) {
    const type = types.get(name);
    if (!type) errors.push({ path: `types.${name}`, message: 'no such type in the catalogue' });
    else errors.push(...misfits(one, [type], `types.${name}`));
  }
  const categories = Map.groupBy(catalogue.types, ({ category }) => category);
  for (const [name, one] of Object.entries(chosen.categories)) {
    const of = categories.get(name);
    if (!of) errors.push({ path: `categories.${name}`, message: 'no such category in the catalogue' });
    else errors.push(...misfits(one, of, `categories.${name}`));
  }
  if (errors.length > 0) throw new Problem(400, 'Invalid request', 'The choices do not fit the catalogue.', errors);
}

/** What none of the types allows. A category may hold a type that cannot be turned off: it stays on. */
function misfits(one: Choice, types: readonly NotificationType[], path: string): { path: string; message: string }[] {
  const errors: { path: string; message: string }[] = [];
  if (one.channels?.length === 0 && types.length === 1 && !types[0]!.mutable)
    errors.push({ path: `${path}.channels`, message: 'this type cannot be turned off' });
  for (const channel of one.channels ?? [])
    if (!types.some(({ allowedChannels }) => allowedChannels.includes(channel)))
      errors.push({ path: `${path}.channels`, message: `${channel} is not allowed` });
  const { cadence: chosen } = one;
  if (chosen !== undefined && !types.some(({ cadences }) => cadences.includes(chosen)))
    errors.push({ path: `${path}.cadence`, message: `${chosen} is not allowed` });
  return errors;
}
