// What operators declare in files: tenants, and the catalogue of notification types with their defaults.
import { z } from 'zod';
import { storableText } from './storable.ts';
import { ambiguityPolicy, cadence, channelKind, emailAddress, externalId, tenantId } from './words.ts';

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
  ambiguity: ambiguityPolicy.default('resend'),
  retentionDays: z.int().min(1).max(3650).default(90),
});
export type NotificationType = z.infer<typeof notificationType>;

export const catalogueFile = z.strictObject({ types: z.array(notificationType).min(1) });

export const tenant = z.strictObject({
  id: tenantId,
  name: storableText.min(1),
  /** `ce_source` values (or prefixes ending in `*`) the tenant's products may use; absent = any. */
  sources: z.array(storableText.min(1)).optional(),
  /** How the tenant's e-mails are signed; absent = the platform's MAIL_FROM. */
  mail: z.strictObject({ from: storableText.min(3), replyTo: emailAddress.optional() }).optional(),
});
export type Tenant = z.infer<typeof tenant>;

export const tenantsFile = z.strictObject({ tenants: z.array(tenant).min(1) });
