// Stops telemetry. It is a module of its own, because libraries may stop telemetry but only a process may start it.
// Guarantees: buffered spans are sent, for at most five seconds or the time given; nothing happens where telemetry was
// not started.
const FLUSH_LIMIT_MS = 5_000;

let shutdown: (() => Promise<void>) | undefined;

export function stopWith(step: () => Promise<void>): void {
  shutdown = step;
}

export async function stopTelemetry(limitMs = FLUSH_LIMIT_MS): Promise<void> {
  if (!shutdown) return;
  const stop = shutdown;
  shutdown = undefined;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(limitMs, FLUSH_LIMIT_MS));
  });
  await Promise.race([stop().catch(() => undefined), limit]);
  clearTimeout(timer);
}
