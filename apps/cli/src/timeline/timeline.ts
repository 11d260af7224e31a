// What delivery answers about a notification, as far as it is shown here. The shapes are loose: a newer delivery may
// answer with more.
import { z } from 'zod';

const reasonShown = z.looseObject({ code: z.string(), sentence: z.string().nullish(), detail: z.unknown().optional() });

const attempt = z.looseObject({
  n: z.number(),
  at: z.string(),
  latencyMs: z.number().nullish(),
  result: z.string().nullish(),
  error: z.string().nullish(),
  requestId: z.string().nullish(),
  advice: z.string().nullish(),
});

const delivery = z.looseObject({
  deliveryId: z.string(),
  destination: z.unknown().optional(),
  state: z.string(),
  waitingFor: z.unknown().optional(),
  outcome: z.string().nullish(),
  endedAt: z.string().nullish(),
  reason: z.string().nullish(),
  possibleDuplicate: z.boolean().nullish(),
  possiblyDelivered: z.boolean().nullish(),
  attempts: z.array(attempt).default([]),
  slack: z.looseObject({ teamId: z.string(), channel: z.string(), ts: z.string() }).nullish(),
});

const decision = z.looseObject({
  recipient: z.string(),
  verdict: z.string(),
  /** The result in one line: `suppressed: no such member is known`. */
  summary: z.string().nullish(),
  decidedAt: z.string().nullish(),
  mode: z.unknown().optional(),
  reasons: z.array(reasonShown).default([]),
  deliveries: z.array(delivery).default([]),
});

export const timeline = z.looseObject({
  notificationId: z.string(),
  tenantId: z.string(),
  source: z.string(),
  id: z.string(),
  type: z.string(),
  title: z.string().nullish(),
  priority: z.string().nullish(),
  traceId: z.string().nullish(),
  traceUrl: z.string().nullish(),
  receivedAt: z.string().nullish(),
  expiresAt: z.string().nullish(),
  /** Why there is no decision, where there is none. */
  reasons: z.array(reasonShown).default([]),
  decisions: z.array(decision),
  /** Other content that came under the same id and was refused. */
  refused: z
    .array(z.looseObject({ code: z.string(), sentence: z.string().nullish(), times: z.number(), lastAt: z.string() }))
    .default([]),
});
export type Timeline = z.infer<typeof timeline>;

/** Each delivery has an outcome, and there is a decision, or a reason why there is none. */
export const isComplete = ({ decisions, reasons }: Timeline): boolean =>
  decisions.length + reasons.length > 0 &&
  decisions.every(({ deliveries }) => deliveries.every(({ outcome }) => outcome !== undefined && outcome !== null));
