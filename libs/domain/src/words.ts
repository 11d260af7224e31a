// The closed vocabularies of the platform (docs/glossary.md explains each), as schemas and as types.
import { z } from 'zod';

export const priorities = ['urgent', 'normal', 'low'] as const;
export const priority = z.enum(priorities);
export type Priority = z.infer<typeof priority>;

/**
 * What a token may say its bearer is. The first five need a tenant: four roles of people, and `product` for a product's
 * own token. `service` is for Carillon's own services and belongs to no tenant; `operator` runs the platform.
 */
export const tenantRoles = ['owner', 'security_admin', 'admin', 'member', 'product'] as const;
export const roles = [...tenantRoles, 'service', 'operator'] as const;
export type Role = (typeof roles)[number];

export const linkStatuses = ['matched', 'manual', 'unmatched', 'ambiguous', 'deactivated', 'removed'] as const;
export const linkStatus = z.enum(linkStatuses);
export type LinkStatus = z.infer<typeof linkStatus>;

export const installationStates = ['active', 'lost', 'disconnected'] as const;
export type InstallationStateName = (typeof installationStates)[number];

export const destinationKinds = ['dm', 'channel', 'group_dm', 'email'] as const;
export type DestinationKind = (typeof destinationKinds)[number];

/** What carries a delivery; a member's preference names these too. */
export const channelKinds = ['slack', 'email'] as const;
export const channelKind = z.enum(channelKinds);
export type ChannelKind = z.infer<typeof channelKind>;

export const outcomes = ['delivered', 'failed', 'expired', 'cancelled', 'suppressed'] as const;
export const outcome = z.enum(outcomes);
export type Outcome = z.infer<typeof outcome>;

/** What to do when nobody can know whether Slack posted: send once more, flagged, or give up. */
export const ambiguityPolicies = ['resend', 'drop'] as const;
export const ambiguityPolicy = z.enum(ambiguityPolicies);
export type AmbiguityPolicy = z.infer<typeof ambiguityPolicy>;

export const cadences = ['immediate', 'hourly', 'daily', 'weekly'] as const;
export const cadence = z.enum(cadences);

const id = z.string().min(1).max(200);

/** Ids that people and products choose: no white space, control characters or commas, at most 200 characters. */
export const externalId = id.regex(
  /^[^\s,\p{Cc}\p{Cs}]+$/u,
  'must not contain white space, commas or control characters',
);

/** As other ids, and no colon: keys are written `tenantId:memberId`, and must mean one tenant only. */
export const tenantId = id.regex(
  /^[^\s,:\p{Cc}\p{Cs}]+$/u,
  'must not contain white space, commas, colons or control characters',
);

const oneLine = /^[^\p{Cc}\p{Cs}]+$/u;

/**
 * A CloudEvents `source`; with the id it makes an event unique, and a line feed stands between them where ids are
 * derived.
 */
export const eventSource = z.string().min(1).max(500).regex(oneLine, 'must not contain control characters');
/** A CloudEvents `id`. */
export const eventId = z.string().min(1).max(200).regex(oneLine, 'must not contain control characters');

/**
 * A conversation by Slack's own id. A channel's name can change and is unique only in a workspace, so a name and an id
 * would be two recipients, two queues and two copies.
 */
export const channelId = z
  .string()
  .max(50)
  .regex(
    /^[CG][A-Z0-9]+$/,
    "must be the channel's id such as C0123456789, not its name: in Slack, open the channel, click its name, and copy the id at the foot of the page",
  );

/** RFC 3339 with an offset or Z; an instant that every database and language can hold. */
export const timestamp = z.iso
  .datetime({
    offset: true,
    abort: true,
    error: ({ input }) => (typeof input === 'string' ? adviceFor(input) : undefined),
  })
  .max(40)
  .refine(isOrdinaryInstant, 'must lie in the years 1970 to 9999, with an offset of at most 15:59');

const example = '2026-11-26T18:00:00Z';

const adviceFor = (text: string): string =>
  /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text)
    ? `has no offset from UTC: add an offset, e.g. ${example}`
    : `must be an RFC 3339 instant, e.g. ${example}`;

function isOrdinaryInstant(text: string): boolean {
  const instant = Date.parse(text);
  if (!(instant >= 0 && instant < Date.UTC(10_000, 0))) return false;
  return text.endsWith('Z') || Number(text.slice(-5, -3)) <= 15;
}
