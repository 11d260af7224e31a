// Resolves requests from Kafka, a batch at a time, and publishes the decisions. The offset is committed only after
// that. Requests beyond their tenant's quota are deferred before they are decoded.
import { Injectable } from '@nestjs/common';
import type { notificationRequested } from '@carillon/domain';
import type { Filtered, Handles, KafkaRecord, Place, Rejection } from '@carillon/messaging';
import { QuotaGate } from '../quota/quota-gate.ts';
import { SpareCapacity } from '../quota/spare-capacity.ts';
import { RequestResolver, type Requests } from './request-resolver.ts';

@Injectable()
export class ResolveRequested implements Handles<typeof notificationRequested> {
  constructor(
    private readonly resolver: RequestResolver,
    private readonly gate: QuotaGate,
    private readonly capacity: SpareCapacity,
  ) {}

  filter(records: readonly KafkaRecord[], place: Place): Promise<Filtered> {
    return this.capacity.prioritize(records.length, () => this.gate.filter(records, place));
  }

  handle(batch: Requests): Promise<void> {
    return this.capacity.prioritize(batch.records.length, () =>
      this.resolver.resolve(batch, this.gate.sharesOf(batch.partition)),
    );
  }

  rejected(rejections: Rejection[]): Promise<void> {
    return this.resolver.rejected(rejections);
  }
}
