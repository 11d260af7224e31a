// Ends deliveries whose time has run out, a bounded number at a time. Each statement reads only rows of lanes that the
// process owns, through an index that holds nothing else. A row that somebody else has locked is left for later.
import type { Pool } from 'pg';
import { terminateDeliveries, terminatedAtOnce } from '../ledger/terminations.ts';

const owned = 'EXISTS (SELECT FROM lane WHERE lane_id = d.lane AND pod_id = $1)';
const open = "d.op <> 'delete' AND d.state IN ('ready', 'waiting', 'unknown')";

/** Ends deliveries whose producer gave them an expiry that has passed. Resolves to whether there may be more. */
export async function expireDue(pool: Pool, podId: string): Promise<boolean> {
  const ended = await terminateDeliveries(pool, {
    state: 'expired',
    condition: `d.expiry_asked AND d.expires_at <= now() AND ${open} AND ${owned}`,
    values: [podId],
  });
  return ended.length === terminatedAtOnce;
}

/**
 * Ends deliveries whose default expiry has passed although nobody tries to claim them: held, paused or waiting ones.
 * Resolves to whether there may be more.
 */
export async function expireHeld(pool: Pool, podId: string): Promise<boolean> {
  const ended = await terminateDeliveries(pool, {
    state: 'expired',
    condition: `d.expires_at <= now() AND ${open} AND ${owned}`,
    values: [podId],
  });
  return ended.length === terminatedAtOnce;
}
