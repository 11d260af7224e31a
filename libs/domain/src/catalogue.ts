// What operators declare in files: tenants, and the catalogue of notification types with their defaults.
import { z } from 'zod';
import { emailAddress } from './email-address.ts';
import { storableText } from './storable.ts';
import { ambiguityPolicy, cadence, channelKind, externalId, roles, tenantId } from './words.ts';

export const notificationType = z.strictObject({
  name: externalId,
  title: storableText.min(1),
  description: storableText.optional(),
  category: externalId,
  /** Where it goes unless somebody chose otherwise; empty = off. */
  channels: z.array(channelKind).default(['slack']),
  cadence: cadence.default('immediate'),
  /** False for what must be told: no preference turns it off. */
  mutable: z.boolean().default(true),
  /** Told by e-mail when Slack cannot reach the person. */
  emailFallback: z.boolean().default(false),
  /** Whether raw Slack blocks may notify many at once (`<!channel>`, `<!here>`, user groups). */
  broadcast: z.enum(['allowed', 'refused']).default('refused'),
  ambiguity: ambiguityPolicy.default('resend'),
  retentionDays: z.int().min(1).max(3650).default(90),
});
export type NotificationType = z.infer<typeof notificationType>;

export const catalogueFile = z.strictObject({ types: z.array(notificationType).min(1) });

export const tenant = z.strictObject({
  id: tenantId,
  name: storableText.min(1),
  /**
   * `ce_source` values (or prefixes ending in `*`) the tenant's products may use on the three product topics. Absent =
   * any, which production mode (`CARILLON_MODE=production`) refuses at the start.
   */
  sources: z.array(storableText.min(1)).optional(),
  /** Requests per second that are decided at once; what exceeds it is decided later, in order, and never lost. */
  quota: z.strictObject({ requestsPerSecond: z.number().positive(), burst: z.int().min(1).optional() }).optional(),
  /** How the tenant's e-mails are signed; absent = the platform's MAIL_FROM. */
  mail: z.strictObject({ from: storableText.min(3), replyTo: emailAddress.optional() }).optional(),
});
export type Tenant = z.infer<typeof tenant>;

/** What an identity provider may say. An issuer that is not listed may say nothing, as soon as one is listed. */
export const issuerBinding = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  /** The tenants its tokens may name; `*` = every declared one. */
  tenants: z.union([z.literal('*'), z.array(tenantId).min(1)]),
  /** The roles its tokens may give. */
  roles: z.array(z.enum(roles)).min(1),
});
export type IssuerBinding = z.infer<typeof issuerBinding>;

export const tenantsFile = z.strictObject({
  tenants: z.array(tenant).min(1),
  /** Which identity provider may speak for whom. May be left out where `AUTH_ISSUERS` names one issuer only. */
  issuers: z.array(issuerBinding).min(1).optional(),
});
