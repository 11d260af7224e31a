// Ends those of the given deliveries that may not be sent any more: expired, superseded, retracted.
import type { Pool } from 'pg';
import { retracted, superseded } from './claims.ts';
import { reasonsOfSuperseded } from './message-slots.ts';
import { terminateDeliveries } from './terminations.ts';

export async function terminateUnclaimable(pool: Pool, deliveryIds: readonly string[]): Promise<void> {
  const ready = "d.delivery_id = ANY($1::uuid[]) AND d.op <> 'delete' AND d.state = 'ready'";
  await terminateDeliveries(pool, {
    state: 'expired',
    condition: `${ready} AND d.expires_at <= now()`,
    values: [deliveryIds],
  });
  for (const [reason, which] of reasonsOfSuperseded) {
    await terminateDeliveries(pool, {
      state: 'cancelled',
      reason,
      condition: `${ready} AND ${which} AND ${superseded}`,
      values: [deliveryIds],
    });
  }
  await terminateDeliveries(pool, {
    state: 'cancelled',
    reason: 'retracted',
    condition: `${ready} AND ${retracted}`,
    values: [deliveryIds],
  });
}
