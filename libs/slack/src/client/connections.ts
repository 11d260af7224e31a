// The connections to Slack, shared by every client of the process: kept alive, one request at a time on each.
// There is no pipelining: a lost connection leaves at most one call of which nobody knows whether it took effect.
import { Agent } from 'undici';

let agent: Agent | undefined;

export function connections(): Agent {
  agent ??= new Agent({
    pipelining: 1,
    connections: 512,
    connect: { timeout: 5_000 },
    // An idle connection is closed well before Slack closes it. A request that is written while Slack closes the
    // connection is ambiguous: nobody knows whether it took effect.
    keepAliveTimeout: 10_000,
    keepAliveTimeoutThreshold: 2_000,
    // Each call has one timeout of its own over everything.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: 64 * 1024 * 1024,
  });
  return agent;
}

/** Waits up to `graceMs` for the calls that are running, then closes. Later calls open new connections. */
export async function closeConnections(graceMs = 2_000): Promise<void> {
  const closing = agent;
  agent = undefined;
  if (!closing) return;
  // An attempt to connect can be neither awaited nor cancelled here: it ends by its own timeout.
  let late: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    late = setTimeout(resolve, graceMs);
  });
  await Promise.race([closing.close().catch(() => undefined), patience]);
  clearTimeout(late);
  void closing.destroy().catch(() => undefined);
}
