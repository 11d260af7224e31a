// Requests beyond their tenant's quota, decided in the time that the others leave and at a bounded pace. They are
// decided as all others are; afterwards their tenants are no longer behind. A consumer group of its own, so that the
// others never wait for it.
import { Injectable } from '@nestjs/common';
import type { notificationRequestedBulk } from '@carillon/domain';
import type { Batch, Handles, Rejection } from '@carillon/messaging';
import { Tenants } from '@carillon/runtime';
import { checkpoint } from '@carillon/telemetry';
import { RequestResolver, type Requests } from '../resolution/request-resolver.ts';
import { BulkBacklog } from './bulk-backlog.ts';
import { movedFrom, originOf } from './moved-record.ts';
import { tenantOfRecord } from './tenant-of-record.ts';
import { SpareCapacity } from './spare-capacity.ts';

/** Decided in one go: some 10 ms, in which nobody else is. */
const atOnce = 200;

@Injectable()
export class ResolveBulk implements Handles<typeof notificationRequestedBulk> {
  constructor(
    private readonly resolver: RequestResolver,
    private readonly backlog: BulkBacklog,
    private readonly capacity: SpareCapacity,
    private readonly tenants: Tenants,
  ) {}

  async handle(batch: Batch<typeof notificationRequestedBulk>): Promise<void> {
    for (let from = 0; from < batch.records.length; from += atOnce) {
      const records = batch.records.slice(from, from + atOnce);
      await this.capacity.turn(records.length, batch.signal);
      batch.signal.throwIfAborted();
      await this.resolver.resolve({ ...batch, records });
      checkpoint('bulk.decided');
      await this.decided(records);
    }
  }

  rejected(rejections: Rejection[]): Promise<void> {
    return this.resolver.rejected(rejections);
  }

  private async decided(records: Requests['records']): Promise<void> {
    const partitions = new Map<number, Map<string, bigint>>();
    for (const { raw } of records) {
      const origin = originOf(raw.headers[movedFrom]);
      // The gate went by this reading of the record.
      const tenant = tenantOfRecord(raw.value, (id) => this.tenants.has(id));
      if (!origin || tenant === undefined) continue;
      const through = partitions.get(origin.partition) ?? new Map<string, bigint>();
      partitions.set(origin.partition, through);
      if (origin.offset > (through.get(tenant) ?? -1n)) through.set(tenant, origin.offset);
    }
    for (const [partition, through] of partitions) await this.backlog.decided(partition, through);
  }
}
