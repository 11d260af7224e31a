// What operators declare: tenants, and the catalogue of notification types with their defaults. Guarantee: an unknown
// field is refused by name. What fields say of each other (a template that names what the schema lacks) is checked by
// preferences.
import { z } from 'zod';
import { emailAddress } from './email-address.ts';
import { storableText } from './storable.ts';
import { cellId } from './cells.ts';
import { ambiguityPolicy, cadence, cadences, channelKind, channelKinds, roles, wideAudiences } from './enumerations.ts';
import { template } from './template.ts';
import { externalId, tenantId } from './external-ids.ts';
import { throttle } from './throttle.ts';

const distinct = <T extends z.ZodArray>(list: T) =>
  list.refine((values) => new Set(values).size === values.length, 'names a value twice');

export const notificationType = z.strictObject({
  name: externalId,
  title: storableText.min(1),
  description: storableText.optional(),
  category: externalId,
  /** Of `schema`. A change that may refuse what was valid before, or that takes a field away, needs a higher one. */
  version: z.int().min(1).default(1),
  /** JSON Schema (2020-12) of `data`: an object. Absent = any data. */
  schema: z.record(z.string(), z.unknown()).optional(),
  /** Writes the content of requests that have no title. */
  template: template.optional(),
  /** A request without `tenantId` and `type`, as a product would publish it. */
  example: z.record(z.string(), z.unknown()).optional(),
  /** The channels where neither the organisation nor the member chose others; empty = off. */
  channels: z.array(channelKind).default(['slack']),
  /** Those that preferences may choose. */
  allowedChannels: distinct(z.array(channelKind).min(1)).default([...channelKinds]),
  cadence: cadence.default('immediate'),
  /** Those that preferences may choose. */
  cadences: distinct(z.array(cadence).min(1)).default([...cadences]),
  /** Whether requests may have priority urgent, which passes quiet hours and digests. */
  urgent: z.boolean().default(true),
  /** False: no preference turns this type off. */
  mutable: z.boolean().default(true),
  /** Sent by e-mail when Slack cannot reach the person. */
  emailFallback: z.boolean().default(false),
  /** Whether raw Slack blocks may notify many at once (`<!channel>`, `<!here>`, user groups). */
  broadcast: z.enum(['allowed', 'refused']).default('refused'),
  /** The member or address that `data.actor` names is not told of what it did itself. */
  excludeActor: z.boolean().default(false),
  /** Those that requests may name. */
  wideAudiences: distinct(z.array(z.enum(wideAudiences))).default([...wideAudiences]),
  /** Of more than so many in so many minutes a recipient gets one message, `and 57 more`. Absent = no limit. */
  throttle: throttle.optional(),
  ambiguity: ambiguityPolicy.default('resend'),
  retentionDays: z.int().min(1).max(3650).default(90),
});
export type NotificationType = z.infer<typeof notificationType>;

/** Groups types for preferences. A category without an entry is shown by its name. */
export const category = z.strictObject({
  name: externalId,
  title: storableText.min(1).max(200),
  description: storableText.optional(),
});
export type Category = z.infer<typeof category>;

export const catalogueFile = z.strictObject({
  categories: z.array(category).default([]),
  types: z.array(notificationType).min(1),
});
export type CatalogueFile = z.infer<typeof catalogueFile>;

export const tenant = z.strictObject({
  id: tenantId,
  name: storableText.min(1),
  /**
   * `ce_source` values (or prefixes ending in `*`) the tenant's products may use on the three product topics. Absent =
   * any, which production mode (`CARILLON_MODE=production`) refuses at the start.
   */
  sources: z.array(storableText.min(1)).optional(),
  /** Requests per second that are resolved at once. Requests beyond it are resolved later, in order; none is lost. */
  quota: z.strictObject({ requestsPerSecond: z.number().positive(), burst: z.int().min(1).optional() }).optional(),
  /** How the tenant's e-mails are signed; absent = the platform's MAIL_FROM. */
  mail: z.strictObject({ from: storableText.min(3), replyTo: emailAddress.optional() }).optional(),
  /**
   * Keeps the newest requests of each type for seven days, so that workflows are tried out on them. They hold what
   * people are told; absent = nothing is kept.
   */
  keepEvents: z.boolean().optional(),
  /**
   * `false`: its channels are not told to preferences, which then knows them by their ids only. For tenants that never
   * address channels.
   */
  publishChannels: z.boolean().optional(),
  /** The cell that takes its new decisions; absent = `0`. It changes only during `npx carillon cells move`. */
  cell: cellId.optional(),
});
export type Tenant = z.infer<typeof tenant>;

/**
 * What tokens of an identity provider may contain. Once an issuer is listed, tokens of issuers not listed are refused.
 */
export const issuerBinding = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  /** The tenants that its tokens may name; `*` = every declared tenant. */
  tenants: z.union([z.literal('*'), z.array(tenantId).min(1)]),
  /** The roles that its tokens may grant. */
  roles: z.array(z.enum(roles)).min(1),
});
export type IssuerBinding = z.infer<typeof issuerBinding>;

/** One delivery database with its processes. */
export const cell = z.strictObject({
  id: cellId,
  /** Where the other cells' processes reach its delivery service. */
  deliveryUrl: z.url({ protocol: /^https?$/ }),
});
export type Cell = z.infer<typeof cell>;

export const tenantsFile = z.strictObject({
  tenants: z.array(tenant).min(1),
  /** Every cell, where there are several. */
  cells: z.array(cell).min(1).optional(),
  /** Which identity provider may issue tokens for which tenants. Optional where `AUTH_ISSUERS` names one issuer. */
  issuers: z.array(issuerBinding).min(1).optional(),
});
