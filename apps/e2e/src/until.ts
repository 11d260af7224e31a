// Waits for a condition. The deadline is one for all end-to-end tests and bounds nothing but a hang: no test names a
// time of its own, because a busy machine needs more of it and a fast one does not wait.
import { until as untilDeadline } from '@carillon/playground';

/** Shorter than a test may take (jest.config.cjs), so that the sentence about what is missing comes first. */
const deadlineMs = 240_000;

export type Condition<T> = () => Promise<T | undefined | false> | T | undefined | false;

/**
 * Evaluates `condition` until it gives something other than undefined or false. What it throws last is in the message.
 * Only a benchmark, which has more to wait for, sets `timeoutMs`.
 */
export function until<T>(
  what: string,
  condition: Condition<T>,
  { everyMs = 100, timeoutMs = deadlineMs } = {},
): Promise<T> {
  return untilDeadline(what, condition, { everyMs, timeoutMs });
}
