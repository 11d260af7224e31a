// Waits for a condition instead of for a time.
import { setTimeout as delay } from 'node:timers/promises';

export class TimedOut extends Error {
  readonly code = 'timed_out';
  readonly retry = 'later';
}

export interface UntilOptions {
  timeoutMs?: number;
  everyMs?: number;
  signal?: AbortSignal;
}

/** Calls `condition` until it returns anything but undefined or false; its last error is the timeout's cause. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  options: UntilOptions = {},
): Promise<T> {
  const { timeoutMs = 30_000, everyMs = 100, signal } = options;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const found = await orAborted(Promise.resolve(condition()), signal);
      if (found !== undefined && found !== false) return found;
      cause = undefined;
    } catch (error) {
      if (error instanceof StopWaiting || signal?.aborted) throw error;
      cause = error;
    }
    if (performance.now() > deadline) {
      throw new TimedOut(
        `Waited ${Math.round(timeoutMs / 1000)} s for ${what}${cause instanceof Error ? `: ${cause.message}` : ''}`,
        { cause },
      );
    }
    await delay(everyMs, undefined, signal ? { signal } : {});
  }
}

/** Thrown by a condition that can't be met any more. */
export class StopWaiting extends Error {
  readonly code = 'give_up';
  readonly retry = 'never';
}

/** Does not wait for a condition that takes long. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}
