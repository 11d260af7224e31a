// Consumes the states of installations, stores them in the replica, and refreshes this process's memory at once.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { installationChanged, type InstallationState } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { DATABASE, stateReplica, storeNewer, Tenants, type StateReplica } from '@carillon/runtime';
import { Installations } from './installations.ts';

@Injectable()
export class ReplicateInstallations implements Handles<typeof installationChanged> {
  private readonly replica: StateReplica<typeof installationChanged>;

  constructor(
    @Inject(DATABASE) pool: Pool,
    @Inject(Installations) installations: Installations,
    @Inject(Tenants) tenants: Tenants,
  ) {
    const store = storeNewer(pool, {
      table: 'installation',
      key: 'installation_id',
      columns: { tenantId: 'text', teamId: 'text?', state: 'text', scopes: 'text' },
      row: (state: InstallationState | null) => ({
        // The tenant of an installation whose first record is its deletion is not known.
        tenantId: state?.tenantId ?? '',
        teamId: state?.teamId,
        state: state?.state ?? 'disconnected',
        scopes: state?.scopes.join(' ') ?? '',
      }),
      expressions: { scopes: "string_to_array(scopes, ' ')" },
      kept: ['tenant_id'],
    });
    this.replica = stateReplica(pool, tenants, {
      topic: installationChanged,
      table: 'installation',
      key: 'installation_id',
      keysNameTenants: false,
      tenantColumn: 'tenant_id',
      async store(changes) {
        await store(changes);
        await installations.refresh();
      },
    });
  }

  handle(batch: Batch<typeof installationChanged>): Promise<void> {
    return this.replica.handle(batch);
  }
}
