// The connections to Slack, shared by every client of the process: kept alive, one request at a time on each.
// No pipelining, so that a lost connection leaves exactly one call in doubt.
import { Agent } from 'undici';

let agent: Agent | undefined;

export function connections(): Agent {
  agent ??= new Agent({
    pipelining: 1,
    connections: 512,
    connect: { timeout: 5_000 },
    // An idle connection is left well before the other side drops it: a request written into a closing connection
    // is an ambiguous attempt.
    keepAliveTimeout: 10_000,
    keepAliveTimeoutThreshold: 2_000,
    // Each call has one timeout of its own over everything.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: 64 * 1024 * 1024,
  });
  return agent;
}

/** For an orderly end: waits for the calls under way, but not for long. Later calls open new connections. */
export async function closeConnections(graceMs = 2_000): Promise<void> {
  const closing = agent;
  agent = undefined;
  if (!closing) return;
  // A connection attempt that hangs can be neither awaited nor cut: it ends by its own timeout.
  let late: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    late = setTimeout(resolve, graceMs);
  });
  await Promise.race([closing.close().catch(() => undefined), patience]);
  clearTimeout(late);
  void closing.destroy().catch(() => undefined);
}
