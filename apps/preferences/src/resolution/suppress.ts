// A suppressed decision: the recipient is not notified, and the reasons say why.
import type { Decision, Reason } from '@carillon/domain';

/** Decisions without a scheduled time share this value. */
export const now = Object.freeze({ kind: 'now' as const });

export const suppress = (recipient: string, reasons: Reason[], aliases?: string[]): Decision => ({
  recipient,
  ...(aliases === undefined ? {} : { aliases }),
  verdict: 'suppress',
  destinations: [],
  mode: now,
  reasons,
});
