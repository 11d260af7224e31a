// Keeps this service's replica of the channels of Slack that directory-sync knows. They are read anew for each batch
// that addresses channels (known-channels.ts), so a change outdates no tenant's context.
import { Inject, Injectable } from '@nestjs/common';
import { channelChanged, type ChannelState } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { DATABASE, stateReplica, storeNewer, Tenants, type StateReplica } from '@carillon/runtime';
import type { Pool } from 'pg';

@Injectable()
export class ApplyChannels implements Handles<typeof channelChanged> {
  readonly replica: StateReplica<typeof channelChanged>;

  constructor(@Inject(DATABASE) pool: Pool, tenants: Tenants) {
    this.replica = stateReplica(pool, tenants, {
      topic: channelChanged,
      table: 'channel',
      key: 'key',
      keysNameTenants: false,
      tenantColumn: 'tenant_id',
      store: storeNewer(pool, {
        table: 'channel',
        key: 'key',
        columns: {
          tenantId: 'text?',
          installationId: 'text?',
          channelId: 'text?',
          teamId: 'text?',
          name: 'text?',
          isPrivate: 'boolean?',
          isArchived: 'boolean?',
          isMember: 'boolean?',
        },
        row: (state: ChannelState | null) => ({
          tenantId: state?.tenantId,
          installationId: state?.installationId,
          channelId: state?.channelId,
          teamId: state?.teamId,
          name: state?.name,
          isPrivate: state?.isPrivate,
          isArchived: state?.isArchived,
          isMember: state?.isMember,
        }),
        kept: ['tenant_id'],
      }),
    });
  }

  handle(batch: Batch<typeof channelChanged>): Promise<void> {
    return this.replica.handle(batch);
  }
}
