// Ends the deliveries that wait for installations that an admin disconnected or deleted: they will never be sent. A
// delivery whose decision offers a fallback is replaced by it.
import type { Pool } from 'pg';
import { fallbackOf } from '../dispatch/resolve-result.ts';
import { insertFallbacks } from '../ledger/fallbacks.ts';
import { hasFallback, terminateAll } from '../ledger/terminations.ts';
import type { PlaceOf } from '../model/queue-place.ts';

export function cancelEnded(pool: Pool, placeOf: PlaceOf, installationIds: readonly string[]): Promise<void> {
  return terminateAll(
    pool,
    {
      state: 'cancelled',
      reason: 'installation_disconnected',
      condition: "d.state IN ('ready', 'waiting', 'unknown') AND d.installation_id = ANY($1)",
      values: [installationIds],
      fallsBack: true,
    },
    (client, ended) => {
      const replaced = ended.filter(hasFallback);
      const waiting = replaced.filter(({ was }) => was === 'waiting').map(({ deliveryId }) => deliveryId);
      return insertFallbacks(
        client,
        replaced.flatMap((delivery) => fallbackOf(delivery, placeOf) ?? []),
        new Set(waiting),
      );
    },
  );
}
