// The connections to Slack, shared by every client of the process: kept alive, one request at a time on each.
// There is no pipelining: a lost connection leaves at most one call of which nobody knows whether it took effect.
// A call that is given up resets its connection, so that the rest of its request is not delivered later.
import { Agent, Pool } from 'undici';
import { resettingConnector } from './resetting-connector.ts';

let agent: Agent | undefined;
let pools = new Set<Pool>();

export function connections(): Agent {
  agent ??= new Agent({
    pipelining: 1,
    connections: 512,
    connect: resettingConnector({ timeout: 5_000 }),
    // An idle connection is closed well before Slack closes it. A request that is written while Slack closes the
    // connection is ambiguous: nobody knows whether it took effect.
    keepAliveTimeout: 10_000,
    keepAliveTimeoutThreshold: 2_000,
    // Each call has one timeout of its own over everything.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: 64 * 1024 * 1024,
    factory: poolOf,
  });
  return agent;
}

/** Waits up to `graceMs` for the calls that are running, then gives them up. Later calls open new connections. */
export async function closeConnections(graceMs = 2_000): Promise<void> {
  const closing = agent;
  const running = pools;
  agent = undefined;
  pools = new Set();
  if (!closing) return;
  // An attempt to connect can be neither awaited nor cancelled here: it ends by its own timeout.
  let late: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    late = setTimeout(resolve, graceMs);
  });
  await Promise.race([closing.close().catch(() => undefined), patience]);
  clearTimeout(late);
  // An agent that is closing no longer knows its pools, so `destroy` of the agent would end no call.
  for (const pool of running) void pool.destroy().catch(() => undefined);
}

function poolOf(origin: string | URL, options: object): Pool {
  for (const pool of pools) if (pool.destroyed) pools.delete(pool);
  const pool = new Pool(origin, options);
  pools.add(pool);
  return pool;
}
