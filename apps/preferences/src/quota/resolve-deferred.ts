// Resolves the deferred requests of the requested topic, in the time that the others leave and at a bounded rate. It
// reads them from the topic itself, in a consumer group of its own, so that the others never wait for it. Guarantees:
// they are resolved as all others are, those of a tenant in a partition in order; tenants take turns, so that the few
// of one do not wait for the many of another; a range shrinks only after its requests were resolved or refused, and the
// refused ones are dead letters. Requests that nobody deferred are skipped. Those that a tenant's time of the chunk
// does not suffice for stay deferred.
import { Injectable } from '@nestjs/common';
import type { notificationRequested } from '@carillon/domain';
import type { Filtered, Handles, KafkaRecord, Place, Rejection } from '@carillon/messaging';
import { Tenants } from '@carillon/runtime';
import { checkpoint } from '@carillon/telemetry';
import { deferredResolved } from '../metrics.ts';
import { RequestResolver, type Requests } from '../resolution/request-resolver.ts';
import { DeferredRanges, type TenantRanges } from './deferred-ranges.ts';
import { SpareCapacity } from './spare-capacity.ts';
import { TenantOfRecord, textualTenant } from './tenant-of-record.ts';
import { TenantTurns } from './tenant-turns.ts';
import { WorkShares } from './work-shares.ts';

@Injectable()
export class ResolveDeferred implements Handles<typeof notificationRequested> {
  /** Some 10 ms, in which no other request is resolved; the next chunk may be another tenant's. */
  readonly maxRecords = 200;
  private readonly turns = new TenantTurns();
  private readonly tenantOf: TenantOfRecord;
  /** Of the chunk that is being handled, by partition. */
  private readonly shares = new Map<number, WorkShares>();

  constructor(
    private readonly resolver: RequestResolver,
    private readonly deferred: DeferredRanges,
    private readonly capacity: SpareCapacity,
    tenants: Tenants,
  ) {
    this.tenantOf = new TenantOfRecord(tenants);
  }

  /** Where the range of the tenant begins that was served least. */
  async readFrom(_topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const offsets = new Map<number, number>();
    for (const [partition, ranges] of await this.deferred.of(partitions))
      offsets.set(partition, ranges.get(this.turns.next(ranges.keys()))!.first);
    return offsets;
  }

  /** A range that begins before the place that is read from has its turn later: its first requests are not here. */
  async filter(records: readonly KafkaRecord[], place: Place): Promise<Filtered> {
    const { partition, readFrom = Infinity } = place;
    const all = (await this.deferred.of([partition])).get(partition) ?? [];
    const ranges = new Map([...all].filter(([, { first }]) => first >= readFrom));
    const shares = new WorkShares();
    const found = records.filter((record) => {
      const tenant = this.deferredTenantOf(record, place, ranges);
      if (tenant === undefined) return false;
      shares.add(record, tenant);
      this.turns.served(tenant);
      return true;
    });
    this.shares.set(partition, shares);
    const read = Number(records.at(-1)!.offset);
    return {
      records: found,
      afterwards: async () => {
        const left = shares.deferred();
        const through = new Map<string, number>();
        for (const [tenant, { first, last }] of ranges)
          if (first <= read) through.set(tenant, Math.min(last, read, (left.get(tenant) ?? Infinity) - 1));
        checkpoint('deferred.resolved');
        await this.deferred.resolved(partition, readFrom, through);
        this.shares.delete(partition);
        deferredResolved.inc(found.filter((record) => !shares.defers(record)).length);
      },
    };
  }

  async handle(batch: Requests): Promise<void> {
    await this.capacity.turn(batch.records.length, batch.signal);
    batch.signal.throwIfAborted();
    await this.resolver.resolve(batch, this.shares.get(batch.partition));
  }

  rejected(rejections: Rejection[]): Promise<void> {
    return this.resolver.rejected(rejections);
  }

  /** Also of a tenant that may not publish any more, because tenants.yaml has changed since: it is refused now. */
  private deferredTenantOf(record: KafkaRecord, place: Place, ranges: TenantRanges): string | undefined {
    if (ranges.size === 0) return undefined;
    const tenant = this.tenantOf.of(record, place) ?? textualTenant(record.value);
    const range = tenant === undefined ? undefined : ranges.get(tenant);
    if (!range || Number(record.offset) < range.first || Number(record.offset) > range.last) return undefined;
    return tenant;
  }
}
