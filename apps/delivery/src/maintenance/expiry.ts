// Ends deliveries whose time has run out. Each statement reads only rows of lanes that the process owns, through an
// index that holds nothing else.
import type { Pool } from 'pg';
import { terminateAll, terminateDeliveries } from '../ledger/terminations.ts';

const owned = 'EXISTS (SELECT FROM lane WHERE lane_id = d.lane AND pod_id = $1)';
const open = "d.op <> 'delete' AND d.state IN ('ready', 'waiting', 'unknown')";

/** Ends deliveries whose producer gave them an expiry that has passed. */
export function expireDue(pool: Pool, podId: string): Promise<string[]> {
  return terminateDeliveries(pool, {
    state: 'expired',
    condition: `d.expiry_asked AND d.expires_at <= now() AND ${open} AND ${owned}`,
    values: [podId],
  });
}

/**
 * Ends deliveries whose default expiry has passed although nobody tries to claim them: held, paused or waiting ones.
 */
export function expireHeld(pool: Pool, podId: string): Promise<void> {
  return terminateAll(pool, {
    state: 'expired',
    condition: `d.expires_at <= now() AND ${open} AND ${owned}`,
    values: [podId],
  });
}
