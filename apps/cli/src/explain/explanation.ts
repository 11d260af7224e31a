// What preferences answers to a question why, as far as it is shown here. The shapes are loose: newer preferences may
// answer with more.
import { z } from 'zod';

const reason = z.looseObject({
  code: z.string(),
  sentence: z.string().nullish(),
  detail: z.unknown().optional(),
  advice: z.string().nullish(),
});
export type Reason = z.output<typeof reason>;

const decided = {
  verdict: z.string(),
  mode: z.unknown().optional(),
  destinations: z.array(z.unknown()).default([]),
  reasons: z.array(reason).default([]),
};
const decision = z.looseObject(decided);
export type Decision = z.output<typeof decision>;

/** Of a notification that is not sent. */
export const explanation = z.looseObject({
  notificationId: z.string().nullish(),
  type: z.string(),
  content: z.looseObject({ title: z.string(), body: z.string().nullish() }),
  recipients: z.array(z.looseObject({ recipient: z.string(), ...decided })),
  /** Why nobody is addressed, where nobody is. */
  reasons: z.array(reason).default([]),
});
export type Explanation = z.output<typeof explanation>;

/** Of one that was published. */
export const pastExplanation = z.looseObject({
  notificationId: z.string(),
  type: z.string(),
  title: z.string().nullish(),
  receivedAt: z.string().nullish(),
  reasons: z.array(reason).default([]),
  recipients: z.array(
    z.looseObject({
      recipient: z.string(),
      then: z.looseObject({ ...decided, summary: z.string().nullish(), decidedAt: z.string().nullish() }),
      now: decision.nullable(),
      changed: z.boolean(),
    }),
  ),
});
export type PastExplanation = z.output<typeof pastExplanation>;
