// Takes retractions off Kafka. Guarantees: remembered before anything is done about them, so they hold whichever comes
// first, the request or its retraction; a source takes back only what it sent itself, since the id is made of tenant,
// source and id; a source that the tenant does not list takes nothing back, neither as the record's own nor as the
// notification's.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { notificationRetracted } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import type { Batch, Handles } from '@carillon/messaging';
import { OutboxRelay } from '@carillon/persistence';
import { DATABASE, Tenants } from '@carillon/runtime';
import { Ownership } from '../ownership/ownership.ts';
import { applyRetractions, rememberRetractions, type Retraction } from '../ledger/retractions.ts';

@Injectable()
export class IngestRetracted implements Handles<typeof notificationRetracted> {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(Ownership) private readonly ownership: Ownership,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(Tenants) private readonly tenants: Tenants,
  ) {}

  async handle(batch: Batch<typeof notificationRetracted>): Promise<void> {
    const retractions: Retraction[] = [];
    for (const record of batch.records) {
      const { tenantId, source, id } = record.data;
      if (!this.tenants.has(tenantId)) batch.reject(record, 'unknown_tenant', `no tenant ${tenantId} is declared`);
      else {
        const stranger = [record.source, source].find((one) => !this.tenants.allowsSource(tenantId, one));
        if (stranger === undefined)
          retractions.push({ tenantId, notificationId: notificationIdOf(tenantId, source, id) });
        else batch.reject(record, 'source_not_allowed', `${stranger} may not take back for tenant ${tenantId}`);
      }
    }
    if (retractions.length === 0) return;
    await rememberRetractions(this.pool, retractions);
    const reopened = await applyRetractions(
      this.pool,
      retractions.map((retraction) => retraction.notificationId),
    );
    this.relay.wake();
    await this.ownership.announce(reopened);
  }
}
