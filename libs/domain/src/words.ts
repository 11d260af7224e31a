// The closed vocabularies of the platform (docs/glossary.md explains each), as schemas and as types.
import { z } from 'zod';

export const priorities = ['urgent', 'normal', 'low'] as const;
export const priority = z.enum(priorities);
export type Priority = z.infer<typeof priority>;

export const roles = ['owner', 'security_admin', 'admin', 'member', 'service', 'operator'] as const;
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

/** Ids that people and products choose: no white space, control characters or commas, at most 200 characters. */
export const externalId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\s,\p{Cc}]+$/u, 'must not contain white space, commas or control characters');

export const emailAddress = z.email().max(254);

/** RFC 3339 with an offset or Z. */
export const timestamp = z.iso.datetime({ offset: true });

/** One e-mail address, however it is written, is one person: trimmed and in lower case. */
export const normaliseEmail = (address: string): string => address.trim().toLowerCase();
