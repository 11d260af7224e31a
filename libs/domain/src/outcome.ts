// The outcome of a delivery, as products read it from Kafka.
import { z } from 'zod';
import { destinationKind, outcome } from './enumerations.ts';
import { tenantId } from './external-ids.ts';
import { timestamp } from './timestamp.ts';

export const notificationOutcomeData = z.object({
  tenantId,
  notification: z.object({ source: z.string(), id: z.string(), notificationId: z.uuid() }),
  /** Absent where a request failed before a recipient was decided. */
  deliveryId: z.uuid().optional(),
  recipient: z.string().optional(),
  destination: destinationKind.optional(),
  outcome,
  /**
   * A stable code: Slack's error, a reason of the decision, or our own (`expired`, `ambiguous`, `unknown_tenant`, …).
   */
  reason: z.string().optional(),
  attempts: z.int().min(0),
  /** An earlier attempt may have posted the same message. */
  possibleDuplicate: z.boolean(),
  /** The outcome is not `delivered`, yet an attempt may have posted. */
  possiblyDelivered: z.boolean(),
  slack: z.object({ teamId: z.string(), channel: z.string(), ts: z.string() }).optional(),
  /** Which replay this is the outcome of; absent: the original sending. */
  replay: z.int().min(1).optional(),
  /** The delivery id of the digest that contained it. */
  digestId: z.uuid().optional(),
  at: timestamp,
});
export type NotificationOutcome = z.infer<typeof notificationOutcomeData>;

/** A destination of a kind that a newer release added is not named. */
export const notificationOutcomeAsRead = notificationOutcomeData.extend({
  destination: destinationKind.optional().catch(undefined),
});
