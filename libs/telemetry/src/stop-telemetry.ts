// The end of telemetry, apart from its start, so that a library can end what only a process may begin. Promises: sends
// what is still held, gives up after five seconds, and does nothing where nothing was started.
const FLUSH_LIMIT_MS = 5_000;

let shutdown: (() => Promise<void>) | undefined;

export function stopWith(step: () => Promise<void>): void {
  shutdown = step;
}

export async function stopTelemetry(): Promise<void> {
  if (!shutdown) return;
  const stop = shutdown;
  shutdown = undefined;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FLUSH_LIMIT_MS);
  });
  await Promise.race([stop().catch(() => undefined), limit]);
  clearTimeout(timer);
}
