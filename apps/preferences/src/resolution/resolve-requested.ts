// Requests from Kafka become decisions on Kafka, a batch at a time; the offset is committed only after their publication.
import { Injectable } from '@nestjs/common';
import type { notificationRequested } from '@carillon/domain';
import type { Handles, Rejection } from '@carillon/messaging';
import { RequestResolver, type Requests } from './request-resolver.ts';

@Injectable()
export class ResolveRequested implements Handles<typeof notificationRequested> {
  constructor(private readonly resolver: RequestResolver) {}

  handle(batch: Requests): Promise<void> {
    return this.resolver.resolve(batch);
  }

  rejected(rejections: Rejection[]): Promise<void> {
    return this.resolver.rejected(rejections);
  }
}
