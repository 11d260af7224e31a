// The schemas of what organisations and members choose. A list of channels stands for the choice of them alone, as in
// earlier releases. They do not know the catalogue: check-choices.ts does.
import { cadence, channelKind, externalId, throttle, timestamp, timeZone } from '@carillon/domain';
import { z } from 'zod';
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
    /** Of more than so many in so many minutes there is one message that counts the rest; `none`: each is sent. */
    throttle: z.union([throttle, z.literal('none')]),
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

/** A list of channels replaces only the channels, like the object that it stands for. */
export function withoutShortForms(patch: unknown): unknown {
  const { types, categories, ...rest } = patch as Record<string, unknown>;
  const whole = (choices: unknown): unknown =>
    typeof choices === 'object' && choices !== null && !Array.isArray(choices)
      ? Object.fromEntries(
          Object.entries(choices).map(([name, one]) => [name, Array.isArray(one) ? { channels: one as unknown } : one]),
        )
      : choices;
  return {
    ...rest,
    ...(types !== undefined && { types: whole(types) }),
    ...(categories !== undefined && { categories: whole(categories) }),
  };
}
