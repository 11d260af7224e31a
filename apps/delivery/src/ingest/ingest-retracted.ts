// Takes retractions off Kafka. Guarantees: a source takes back only what it sent itself, since the id is made of
// tenant, source and id; a source that the tenant does not list takes nothing back, neither as the record's own nor as
// the notification's. Products know no cells: they write the topic of the default cell, which passes on what belongs to
// others.
import { Inject, Injectable } from '@nestjs/common';
import { defaultCell, notificationRetracted, type DataOf } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import type { Batch, Handles } from '@carillon/messaging';
import { CONFIG, Tenants } from '@carillon/runtime';
import type { Config } from '../config.ts';
import type { Retraction } from '../ledger/retractions.ts';
import { MovingTenants } from './moving-tenants.ts';
import { TakeRetractions } from './take-retractions.ts';

type Retracted = Batch<typeof notificationRetracted>;

@Injectable()
export class IngestRetracted implements Handles<typeof notificationRetracted> {
  /** Each may stand for many deliveries. */
  readonly maxRecords = 200;

  constructor(
    @Inject(TakeRetractions) private readonly ledger: TakeRetractions,
    @Inject(MovingTenants) private readonly moving: MovingTenants,
    @Inject(Tenants) private readonly tenants: Tenants,
    @Inject(CONFIG) private readonly config: Pick<Config, 'CELL'>,
  ) {}

  async handle(batch: Retracted): Promise<void> {
    const permitted = batch.records.filter((record) => {
      const { tenantId, source } = record.data;
      if (!this.tenants.has(tenantId)) batch.reject(record, 'unknown_tenant', `no tenant ${tenantId} is declared`);
      else {
        const stranger = [record.source, source].find((one) => !this.tenants.allowsSource(tenantId, one));
        if (stranger === undefined) return true;
        batch.reject(record, 'source_not_allowed', `${stranger} may not take back for tenant ${tenantId}`);
      }
      return false;
    });
    await this.moving.divide(
      notificationRetracted,
      permitted,
      (mine) => this.ledger.take(mine.map(({ data }) => retractionOf(data))),
      (tenantId) => this.elsewhere(tenantId),
    );
  }

  private elsewhere(tenantId: string): string | undefined {
    const cell = this.tenants.cellOf(tenantId);
    return this.config.CELL === defaultCell && cell !== defaultCell ? cell : undefined;
  }
}

export const retractionOf = ({ tenantId, source, id }: DataOf<typeof notificationRetracted>): Retraction => ({
  tenantId,
  notificationId: notificationIdOf(tenantId, source, id),
});
