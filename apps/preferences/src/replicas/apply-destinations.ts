// Keeps this service's replica of the destinations that tenants saved. A change is recorded for the tenant's context.
import { Inject, Injectable } from '@nestjs/common';
import { destinationChanged, type SavedDestination } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { DATABASE, stateReplica, storeNewer, Tenants, type StateReplica } from '@carillon/runtime';
import type { Pool } from 'pg';
import { recordChanges } from '../resolution/context-version.ts';

@Injectable()
export class ApplyDestinations implements Handles<typeof destinationChanged> {
  readonly replica: StateReplica<typeof destinationChanged>;

  constructor(@Inject(DATABASE) pool: Pool, tenants: Tenants) {
    this.replica = stateReplica(pool, tenants, {
      topic: destinationChanged,
      table: 'destination',
      key: 'key',
      keysNameTenants: true,
      store: storeNewer(pool, {
        table: 'destination',
        key: 'key',
        columns: { tenantId: 'text?', destinationId: 'text?', name: 'text?', audience: 'jsonb?' },
        row: (state: SavedDestination | null) => ({
          tenantId: state?.tenantId,
          destinationId: state?.destinationId,
          name: state?.name,
          audience: state && JSON.stringify(state.to),
        }),
        kept: ['tenant_id'],
        then: `, ${recordChanges('SELECT tenant_id, NULL AS recipient FROM written WHERE tenant_id IS NOT NULL')}`,
      }),
    });
  }

  handle(batch: Batch<typeof destinationChanged>): Promise<void> {
    return this.replica.handle(batch);
  }
}
