// The payloads that products publish: a request, with everything that a message can contain, and a retraction.
import { z } from 'zod';
import { emailAddress } from './email-address.ts';
import { plainText } from './plain-text.ts';
import { isStorableJson, storableText, unstorableJson } from './storable.ts';
import { priority, type WideAudienceKind } from './enumerations.ts';
import { channelReference } from './channel.ts';
import { eventId, eventSource, externalId, tenantId } from './external-ids.ts';
import { timestamp } from './timestamp.ts';
import { secureUrl, webUrl } from './web-url.ts';

export const audienceMember = z.union([
  z.strictObject({ member: externalId }),
  z.strictObject({ email: emailAddress }),
  z.strictObject({ channel: channelReference, installation: externalId.optional() }),
  z.strictObject({ members: z.array(externalId).min(1).max(8), installation: externalId.optional() }),
  z.strictObject({ destination: externalId }),
  z.strictObject({ workflow: z.literal(true) }),
  z.strictObject({ topic: externalId }),
  z.strictObject({ role: externalId }),
  z.strictObject({ everyone: z.literal(true) }),
]);
export type AudienceMember = z.infer<typeof audienceMember>;

/** Those who are found by a search; see `wideAudiences`. */
export type WideAudience = Extract<AudienceMember, { topic: string } | { role: string } | { everyone: true }>;
/** Those whom a request names one by one. */
export type NamedAudience = Exclude<AudienceMember, WideAudience | { destination: string } | { workflow: true }>;

export const wideKindOf = (audience: AudienceMember): WideAudienceKind | undefined =>
  'topic' in audience ? 'topic' : 'role' in audience ? 'role' : 'everyone' in audience ? 'everyone' : undefined;

const file = z
  .strictObject({
    name: storableText.min(1).max(255),
    contentType: storableText.min(1).max(255),
    title: storableText.max(255).optional(),
    url: secureUrl.optional(),
    base64: z.base64().optional(),
  })
  .refine((f) => (f.url === undefined) !== (f.base64 === undefined), {
    message: 'needs exactly one of url and base64',
  });

const inlineFileBytes = 256 * 1024;

/**
 * A person to @-mention: as a Slack user where one is linked, else by name. `body` may also contain
 * `[Ada](member:ada)`.
 */
export const mention = z.union([z.strictObject({ member: externalId }), z.strictObject({ email: emailAddress })]);
export type Mention = z.infer<typeof mention>;

/** The message, independent of its recipients. `body` is Markdown. */
export const content = z.strictObject({
  title: storableText.min(1).max(500),
  body: storableText.max(40_000).optional(),
  link: z.strictObject({ url: webUrl, label: storableText.min(1).max(75).optional() }).optional(),
  facts: z
    .array(z.strictObject({ label: storableText.min(1).max(200), value: storableText.max(1500) }))
    .max(50)
    .optional(),
  actions: z
    .array(
      z.strictObject({
        id: externalId,
        label: storableText.min(1).max(75),
        value: storableText.max(2000).optional(),
        style: z.enum(['primary', 'danger']).optional(),
        url: webUrl.optional(),
      }),
    )
    .max(25)
    .optional(),
  files: z
    .array(file)
    .max(10)
    .refine((files) => files.reduce((sum, f) => sum + (f.base64?.length ?? 0) * 0.75, 0) <= inlineFileBytes + 2, {
      message: 'base64 files may hold 256 KiB in all',
    })
    .optional(),
  mentions: z.array(mention).max(50).optional(),
  sender: z.strictObject({ name: plainText.min(1).max(80).optional(), iconUrl: secureUrl.optional() }).optional(),
  slack: z
    .strictObject({
      blocks: z
        .array(z.record(z.string(), z.unknown()))
        .min(1)
        .max(50)
        .refine((json) => isStorableJson(json), unstorableJson),
    })
    .optional(),
});
export type Content = z.infer<typeof content>;

/** `carillon.notification.requested.v1`. Unknown fields are refused, so that a misspelt one is never silently lost. */
export const notificationRequest = z.strictObject({
  tenantId,
  type: externalId,
  to: z.array(audienceMember).max(1000).optional(),
  ...content.shape,
  /** Absent: the type's template writes title, body, link, facts and actions from `data`. */
  title: content.shape.title.optional(),
  data: z
    .record(z.string(), z.unknown())
    .refine((json) => isStorableJson(json), unstorableJson)
    .optional(),
  priority: priority.optional(),
  expiresAt: timestamp.optional(),
  orderingKey: storableText.min(1).max(200).optional(),
  collapseKey: storableText.min(1).max(200).optional(),
  threadKey: storableText.min(1).max(200).optional(),
  sequence: z.int().min(0).optional(),
});
export type NotificationRequest = z.infer<typeof notificationRequest>;

/** `carillon.notification.retracted.v1`: `source` and `id` as the request's `ce_source` and `ce_id`. */
export const notificationRetraction = z.strictObject({
  tenantId,
  source: eventSource,
  id: eventId,
});
export type NotificationRetraction = z.infer<typeof notificationRetraction>;
