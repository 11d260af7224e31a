// Takes resolved notifications off Kafka. Guarantees: the offset is committed only after PostgreSQL has the rows; a
// record that names what is not its tenant's is a dead letter with a failed outcome, and nothing of it is stored.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { notificationResolved } from '@carillon/domain';
import type { Batch, Handles, Rejection } from '@carillon/messaging';
import { addToOutbox, OutboxRelay } from '@carillon/persistence';
import { Tenants } from '@carillon/runtime';
import { CHANNELS, type Channels } from '../channels/index.ts';
import { faultOf } from './check-resolved.ts';
import { INGEST_DATABASE } from './ingest-database.ts';
import { MovingTenants } from './moving-tenants.ts';
import { refusedOutcomes } from './refused-outcomes.ts';
import { StoreResolved } from './store-resolved.ts';

type Resolved = Batch<typeof notificationResolved>;

@Injectable()
export class IngestResolved implements Handles<typeof notificationResolved> {
  constructor(
    @Inject(INGEST_DATABASE) private readonly pool: Pool,
    @Inject(StoreResolved) private readonly ledger: StoreResolved,
    @Inject(MovingTenants) private readonly moving: MovingTenants,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(CHANNELS) readonly channels: Channels,
    @Inject(Tenants) readonly tenants: Tenants,
  ) {}

  async handle(batch: Resolved): Promise<void> {
    const trusted: Resolved['records'] = [];
    for (const record of batch.records) {
      const fault = faultOf(record.data, this);
      if (fault) batch.reject(record, ...fault);
      else trusted.push(record);
    }
    // Where it fails, Kafka hands the batch over again.
    await this.moving.divide(notificationResolved, trusted, (mine) =>
      this.ledger.store(mine, (record, code, detail) => batch.reject(record, code, detail)),
    );
  }

  async rejected(rejections: Rejection[]): Promise<void> {
    await addToOutbox(this.pool, await refusedOutcomes(this.pool, rejections, new Date()));
    this.relay.wake();
  }
}
