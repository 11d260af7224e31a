// Requests from Kafka become decisions on Kafka, a batch at a time; the offset is committed only after their
// publication. Those beyond their tenant's quota are moved on unread.
import { Injectable } from '@nestjs/common';
import type { notificationRequested } from '@carillon/domain';
import type { Handles, KafkaRecord, Place, Rejection, Sifted } from '@carillon/messaging';
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

  async sift(records: readonly KafkaRecord[], place: Place): Promise<Sifted> {
    const { now, move } = await this.gate.sift(records, place);
    return move ? { now, move: () => this.capacity.inFavour(move) } : { now };
  }

  handle(batch: Requests): Promise<void> {
    return this.capacity.inFavour(() => this.resolver.resolve(batch));
  }

  rejected(rejections: Rejection[]): Promise<void> {
    return this.resolver.rejected(rejections);
  }
}
