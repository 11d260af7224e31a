// Resolves the deferred requests of the requested topic, in the time that the others leave and at a bounded rate. It
// reads them from the topic itself, in a consumer group of its own, so that the others never wait for it. Guarantees:
// they are resolved as all others are, those of a tenant in a partition in order; a range shrinks only after its
// requests were resolved or refused, and the refused ones are dead letters. Requests that nobody deferred are skipped.
import { Injectable } from '@nestjs/common';
import type { notificationRequested } from '@carillon/domain';
import type { Filtered, Handles, KafkaRecord, Place, Rejection } from '@carillon/messaging';
import { checkpoint, counter } from '@carillon/telemetry';
import { RequestResolver, type Requests } from '../resolution/request-resolver.ts';
import { DeferredRanges, type TenantRanges } from './deferred-ranges.ts';
import { SpareCapacity } from './spare-capacity.ts';
import { tenantOfRecord } from './tenant-of-record.ts';

/** Resolved at once: some 10 ms, in which nobody else's request is. */
const atOnce = 200;

const deferredResolved = counter(
  'carillon_deferred_requests_resolved_total',
  'Requests that were deferred and are resolved or refused now.',
);

@Injectable()
export class ResolveDeferred implements Handles<typeof notificationRequested> {
  /** What is read of each partition now. The consumer reads from the lowest offset of these ranges on. */
  private readonly ranges = new Map<number, TenantRanges>();

  constructor(
    private readonly resolver: RequestResolver,
    private readonly deferred: DeferredRanges,
    private readonly capacity: SpareCapacity,
  ) {}

  async readFrom(_topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const found = await this.deferred.of(partitions);
    const offsets = new Map<number, number>();
    for (const partition of partitions) {
      const ranges = found.get(partition);
      if (ranges) {
        this.ranges.set(partition, ranges);
        offsets.set(partition, Math.min(...[...ranges.values()].map(({ first }) => first)));
      } else this.ranges.delete(partition);
    }
    return offsets;
  }

  filter(records: readonly KafkaRecord[], { partition }: Place): Promise<Filtered> {
    const ranges: TenantRanges = this.ranges.get(partition) ?? new Map();
    const isDeferred = ({ value, offset }: KafkaRecord): boolean => {
      // The tenant may have left tenants.yaml since; its requests are refused then.
      const tenant = tenantOfRecord(value, (id) => ranges.has(id));
      if (tenant === undefined) return false;
      const { first, last } = ranges.get(tenant)!;
      return Number(offset) >= first && Number(offset) <= last;
    };
    const found = records.filter(isDeferred);
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
    for (let from = 0; from < batch.records.length; from += atOnce) {
      const records = batch.records.slice(from, from + atOnce);
      await this.capacity.turn(records.length, batch.signal);
      batch.signal.throwIfAborted();
      await this.resolver.resolve({ ...batch, records });
    }
  }

  rejected(rejections: Rejection[]): Promise<void> {
    return this.resolver.rejected(rejections);
  }
}
