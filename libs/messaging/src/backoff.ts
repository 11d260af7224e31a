// Pauses between tries: how long to wait, and a wait that can be aborted.

/** 100 ms, doubled each time up to `maxMs`, spread by ±20 % so that processes do not retry at the same moment. */
export const backoffMs = (attempt: number, maxMs: number): number =>
  Math.min(maxMs, 100 * 2 ** Math.min(attempt, 16)) * (0.8 + Math.random() * 0.4);

/** Resolves after `ms`, at once when aborted; never rejects. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
