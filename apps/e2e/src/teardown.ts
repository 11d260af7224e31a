// What a spec file starts in beforeAll, and afterAll stops. Jest abandons a hook that runs out of time and goes on to
// afterAll, while the start is still under way. Guarantees that `teardown` ends such a start too, so that no process is
// left behind and Jest can end. A start has to clean up after itself when its signal aborts or when it fails.

interface Start {
  interruption: AbortController;
  started: Promise<{ stop(): Promise<unknown> }>;
}

/** Of this spec file: Jest gives each file its own modules. */
const starts: Start[] = [];

/** Starts something that `teardown` stops, also while it is still starting. */
export function stoppedByTeardown<T extends { stop(): Promise<unknown> }>(
  start: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interruption = new AbortController();
  const started = start(interruption.signal);
  starts.push({ interruption, started });
  return started;
}

/** For afterAll. Everything is stopped, whatever fails meanwhile; the first failure is thrown at the end. */
export async function teardown(): Promise<void> {
  const ends = await Promise.allSettled(
    starts.splice(0).map(async ({ interruption, started }) => {
      interruption.abort(new Error('The test is over.'));
      const running = await started.catch(() => undefined); // beforeAll has reported it
      await running?.stop();
    }),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
