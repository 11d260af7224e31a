// A reason in words, as explanations show it.
import { reason, reasonAdvice, reasonSentences, type Reason } from '@carillon/domain';
import { z } from 'zod';

export const explainedReason = reason.extend({ sentence: z.string(), advice: z.string() });

export interface ExplainedReason extends Reason {
  sentence: string;
  /** What to do about it. */
  advice: string;
}

export const inWords = (reasons: readonly Reason[]): ExplainedReason[] =>
  reasons.map((one) => ({ ...one, sentence: reasonSentences[one.code], advice: reasonAdvice[one.code] }));
