// Keeps this service's replica of the tenants' Slack installations: the fields that resolution needs, no secrets.
// Guarantees: an installation stays with the tenant that it was first stored with. A change of an installation
// is recorded for the tenant's context.
import { Inject, Injectable } from '@nestjs/common';
import { installationChanged, type InstallationState } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { DATABASE, stateReplica, storeNewer, Tenants, type StateReplica } from '@carillon/runtime';
import type { Pool } from 'pg';
import { recordChanges } from '../resolution/context-version.ts';

@Injectable()
export class ApplyInstallations implements Handles<typeof installationChanged> {
  readonly replica: StateReplica<typeof installationChanged>;

  constructor(@Inject(DATABASE) pool: Pool, tenants: Tenants) {
    this.replica = stateReplica(pool, tenants, {
      topic: installationChanged,
      table: 'installation',
      key: 'key',
      keysNameTenants: false,
      tenantColumn: 'tenant_id',
      store: storeNewer(pool, {
        table: 'installation',
        key: 'key',
        columns: {
          tenantId: 'text?',
          installationId: 'text?',
          name: 'text?',
          state: 'text?',
          teamId: 'text?',
          enterpriseId: 'text?',
          installedAt: 'timestamptz?',
          scopes: 'text?',
        },
        row: (state: InstallationState | null) => ({
          tenantId: state?.tenantId,
          installationId: state?.installationId,
          name: state?.name,
          state: state?.state,
          teamId: state?.teamId,
          enterpriseId: state?.enterpriseId,
          installedAt: state?.installedAt,
          scopes: state?.scopes.join(' '),
        }),
        expressions: { scopes: "string_to_array(scopes, ' ')" },
        kept: ['tenant_id'],
        then: `, ${recordChanges('SELECT tenant_id, NULL AS recipient FROM written WHERE tenant_id IS NOT NULL')}`,
      }),
    });
  }

  handle(batch: Batch<typeof installationChanged>): Promise<void> {
    return this.replica.handle(batch);
  }
}
