// The result of resolution: the content once, and for each recipient one decision with its destinations and reasons.
import { z } from 'zod';
import { emailAddress } from './email-address.ts';
import { content } from './request.ts';
import { reason } from './reasons.ts';
import { storableText } from './storable.ts';
import { ambiguityPolicy, priority, slackSurfaces, type ChannelKind, type DestinationKind } from './enumerations.ts';
import { externalId, tenantId } from './external-ids.ts';
import { timestamp } from './timestamp.ts';

/** At most this many recipients travel in one record; larger audiences become several records. */
export const recipientsPerRecord = 500;

/** Names what is said differently to some recipients: `de`, `workflow:<id>`. */
const variantName = storableText.min(1).max(100);

/** At most this many variants of one content travel in a record. */
const mostVariants = 50;

/** What of the content differs for some recipients; what it does not name is as in the content. */
export const contentVariant = content
  .pick({ title: true, body: true, link: true, facts: true, actions: true, mentions: true })
  .partial();
export type ContentVariant = z.infer<typeof contentVariant>;

/** A person whom the content mentions: with a Slack user where the workspace has a linked one, else by name. */
export const resolvedMention = z.object({
  /** `member:ada` or `email:ada@acme.test`, as the content refers to them. */
  ref: z.string(),
  name: z.string(),
  slackUserId: z.string().optional(),
});
export type ResolvedMention = z.infer<typeof resolvedMention>;

export const slackDestination = z.object({
  kind: z.literal('slack'),
  surface: z.enum(slackSurfaces),
  installationId: externalId,
  teamId: z.string(),
  /** `U…` for a DM, `C…` for a channel; a group DM names its users instead. */
  channel: z.string().optional(),
  users: z.array(z.string()).optional(),
  mentions: z.array(resolvedMention).optional(),
});
export type SlackDestination = z.infer<typeof slackDestination>;

export const emailDestination = z.object({
  kind: z.literal('email'),
  address: emailAddress,
  name: z.string().optional(),
});
export type EmailDestination = z.infer<typeof emailDestination>;

/** One for each kind of channel: a kind without one does not compile. */
const destinationOf = { slack: slackDestination, email: emailDestination } satisfies {
  [Kind in ChannelKind]: z.ZodObject<{ kind: z.ZodLiteral<Kind> }>;
};
type DestinationSchema = (typeof destinationOf)[ChannelKind];

export const destination = z.discriminatedUnion(
  'kind',
  Object.values(destinationOf) as [DestinationSchema, ...DestinationSchema[]],
);
export type Destination = z.infer<typeof destination>;

export function destinationKindOf(to: Destination): DestinationKind {
  switch (to.kind) {
    case 'slack':
      return to.surface;
    case 'email':
      return 'email';
  }
}

/**
 * When a delivery may be sent: at once, not before an instant (quiet hours), or in the digest that is due at an
 * instant. The time zone (IANA) is the member's; the timeline shows it.
 */
export const deliveryMode = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('now') }),
  z.object({
    kind: z.literal('later'),
    notBefore: timestamp,
    /** Why the delivery waits; the timeline shows it. */
    delayReason: z.literal('quiet_hours').optional(),
    timeZone: z.string().optional(),
  }),
  z.object({
    kind: z.literal('digest'),
    /** Names the series: everything under one key that is due at one instant is one message. */
    key: z.string().min(1).max(300),
    dueAt: timestamp,
    /** The digest of an item that arrives after its own was sent; absent: a day later, or the next one due. */
    nextDueAt: timestamp.optional(),
    timeZone: z.string().optional(),
  }),
]);
export type DeliveryMode = z.infer<typeof deliveryMode>;

/**
 * The recipient got as many messages of the type as its throttle allows: in place of the content, one message says how
 * many more there were. It is changed as more come; where a channel cannot change a message, it is sent once, at the
 * end of the window.
 */
export const rollUp = z.object({
  /** When the window began; names it among those of the recipient and the type. */
  startedAt: timestamp,
  endsAt: timestamp,
  /** How many there are beyond the limit, this one included. */
  more: z.int().min(1),
  /**
   * Its place among all that were counted in the window: the version of the message. The limit may change within a
   * window, and `more` with it. Absent: `more` is the version.
   */
  position: z.int().min(1).optional(),
});
export type RollUp = z.infer<typeof rollUp>;

/** Another identity of the person or conversation: `slack:T1:U1`, `email:a@b.c`. */
export const recipientAlias = z.string().min(1).max(600);

export const decision = z.object({
  /**
   * `member:ada`, `channel:T1:C1`, `email:a@b.c`, `group:ada,bob` or `group:#<uuid>` for a long one; never a Slack user
   * id.
   */
  recipient: z.string().min(1),
  /** A decision is accepted only if no decision for this notification has named its recipient or one of these. */
  aliases: z.array(recipientAlias).max(20).optional(),
  verdict: z.enum(['send', 'suppress']),
  destinations: z.array(destination),
  fallback: emailDestination.optional(),
  mode: deliveryMode,
  /** In which variant the recipient gets the content; absent, or one that the record lacks: the content as it is. */
  variant: variantName.optional(),
  /** Present where it is one of too many; the message of the roll-up is sent in place of the content. */
  rollUp: rollUp.optional(),
  reasons: z.array(reason).min(1),
});
export type Decision = z.infer<typeof decision>;

export const resolvedNotification = z.object({
  tenantId,
  notification: z.object({
    notificationId: z.uuid(),
    /**
     * Digest of the request's data (`requestHashOf`): the same id with another one is refused. Absent from older
     * records.
     */
    requestHash: z.string().optional(),
    source: z.string(),
    id: z.string(),
    /** When its request was written to Kafka, for the measurement of latency. Absent from older records. */
    requestedAt: timestamp.optional(),
    type: externalId,
    /** The type's title in the catalogue, as people read it. Absent from older records. */
    typeTitle: z.string().optional(),
    category: z.string(),
    content,
    /** By name. Every record of one notification has the same ones. */
    variants: z
      .record(variantName, contentVariant)
      .refine((variants) => Object.keys(variants).length <= mostVariants, {
        message: `may have at most ${mostVariants} variants`,
      })
      .optional(),
    priority,
    expiresAt: timestamp.optional(),
    collapseKey: z.string().optional(),
    threadKey: z.string().optional(),
    sequence: z.int().optional(),
  }),
  policies: z.object({
    ambiguity: ambiguityPolicy,
    mutable: z.boolean(),
    retentionDays: z.int().min(1),
  }),
  decisions: z.array(decision).max(recipientsPerRecord),
  /** Present where there is no decision: why. */
  reasons: z.array(reason).optional(),
});
export type ResolvedNotification = z.infer<typeof resolvedNotification>;
