// Resolves the deferred requests of the requested topic, in the time that the others leave and at a bounded rate. It
// reads them from the topic itself, in a consumer group of its own, so that the others never wait for it. Guarantees:
// they are resolved as all others are, those of a tenant in a partition in order; tenants take turns, so that the few
// of one do not wait for the many of another; a range shrinks only after its requests were resolved or refused, and the
// refused ones are dead letters. Requests that nobody deferred are skipped.
import { Injectable } from '@nestjs/common';
import type { notificationRequested } from '@carillon/domain';
import type { Filtered, Handles, KafkaRecord, Place, Rejection } from '@carillon/messaging';
import { checkpoint, counter } from '@carillon/telemetry';
import { RequestResolver, type Requests } from '../resolution/request-resolver.ts';
import { DeferredRanges, type TenantRanges } from './deferred-ranges.ts';
import { SpareCapacity } from './spare-capacity.ts';
import { tenantOfRecord } from './tenant-of-record.ts';
import { TenantTurns } from './tenant-turns.ts';

const deferredResolved = counter(
  'carillon_deferred_requests_resolved_total',
  'Requests that were deferred and are resolved or refused now.',
);

@Injectable()
export class ResolveDeferred implements Handles<typeof notificationRequested> {
  /** Some 10 ms, in which no other request is resolved; the next chunk may be another tenant's. */
  readonly maxRecords = 200;
  /** What is read of each partition now: ranges that begin where the consumer reads, or behind. */
  private readonly ranges = new Map<number, TenantRanges>();
  private readonly turns = new TenantTurns();

  constructor(
    private readonly resolver: RequestResolver,
    private readonly deferred: DeferredRanges,
    private readonly capacity: SpareCapacity,
  ) {}

  /** The range of the tenant that was served least, and what else begins behind its first offset. */
  async readFrom(_topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const found = await this.deferred.of(partitions);
    const offsets = new Map<number, number>();
    for (const partition of partitions) {
      const ranges = found.get(partition);
      if (ranges) {
        const from = ranges.get(this.turns.next(ranges.keys()))!.first;
        this.ranges.set(partition, new Map([...ranges].filter(([, { first }]) => first >= from)));
        offsets.set(partition, from);
      } else this.ranges.delete(partition);
    }
    return offsets;
  }

  filter(records: readonly KafkaRecord[], { partition }: Place): Promise<Filtered> {
    const ranges: TenantRanges = this.ranges.get(partition) ?? new Map();
    const found = records.filter((record) => this.isDeferred(record, ranges));
    const read = Number(records.at(-1)!.offset);
    const through = new Map<string, number>();
    for (const [tenant, { first, last }] of ranges) if (first <= read) through.set(tenant, Math.min(last, read));
    return Promise.resolve({
      records: found,
      afterwards: async () => {
        checkpoint('deferred.resolved');
        await this.deferred.resolved(partition, through);
        deferredResolved.inc(found.length);
      },
    });
  }

  async handle(batch: Requests): Promise<void> {
    await this.capacity.turn(batch.records.length, batch.signal);
    batch.signal.throwIfAborted();
    await this.resolver.resolve(batch);
  }

  rejected(rejections: Rejection[]): Promise<void> {
    return this.resolver.rejected(rejections);
  }

  private isDeferred({ value, offset }: KafkaRecord, ranges: TenantRanges): boolean {
    // The tenant may have left tenants.yaml since; its requests are refused then.
    const tenant = tenantOfRecord(value, (id) => ranges.has(id));
    if (tenant === undefined) return false;
    const { first, last } = ranges.get(tenant)!;
    if (Number(offset) < first || Number(offset) > last) return false;
    this.turns.served(tenant);
    return true;
  }
}
