// The enumerations of the platform, as schemas and as types; docs/glossary.md explains the values. What a reader makes
// of a value that its release does not know is said by `readAs` of the topic.
import { z } from 'zod';

export const priorities = ['urgent', 'normal', 'low'] as const;
export const priority = z.enum(priorities);
export type Priority = z.infer<typeof priority>;

/**
 * The roles of an access token. The first five need a tenant: four roles of people, and `product` for a product's own
 * token. `service` is for Carillon's own services and has no tenant; `operator` runs the platform.
 */
export const tenantRoles = ['owner', 'security_admin', 'admin', 'member', 'product'] as const;
export const roles = [...tenantRoles, 'service', 'operator'] as const;
export type Role = (typeof roles)[number];

export const linkStatuses = ['matched', 'manual', 'unmatched', 'ambiguous', 'deactivated', 'removed'] as const;
export const linkStatus = z.enum(linkStatuses);
export type LinkStatus = z.infer<typeof linkStatus>;

export const installationStates = ['active', 'lost', 'disconnected'] as const;
export type InstallationStateName = (typeof installationStates)[number];

/** Audiences that are found by a search, and may be everybody: the followers of a topic, members with a role, all. */
export const wideAudiences = ['topic', 'role', 'everyone'] as const;
export type WideAudienceKind = (typeof wideAudiences)[number];

/** Where in Slack a message is posted. */
export const slackSurfaces = ['dm', 'channel', 'group_dm'] as const;

/** What an outcome calls the destination of a delivery: a surface of Slack, or else the kind of the channel. */
export const destinationKinds = [...slackSurfaces, 'email'] as const;
export const destinationKind = z.enum(destinationKinds);
export type DestinationKind = (typeof destinationKinds)[number];

/** The channels that carry a delivery; a member's preferences name the same values. */
export const channelKinds = ['slack', 'email'] as const;
export const channelKind = z.enum(channelKinds);
export type ChannelKind = z.infer<typeof channelKind>;

export const outcomes = ['delivered', 'failed', 'expired', 'cancelled', 'suppressed'] as const;
export const outcome = z.enum(outcomes);
export type Outcome = z.infer<typeof outcome>;

/** After an attempt whose result is unknown: send once more, flagged as a possible duplicate, or give up. */
export const ambiguityPolicies = ['resend', 'drop'] as const;
export const ambiguityPolicy = z.enum(ambiguityPolicies);
export type AmbiguityPolicy = z.infer<typeof ambiguityPolicy>;

export const cadences = ['immediate', 'hourly', 'daily', 'weekly'] as const;
export const cadence = z.enum(cadences);
export type Cadence = z.infer<typeof cadence>;
