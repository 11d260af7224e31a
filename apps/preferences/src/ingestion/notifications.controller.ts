// POST /v1/notifications: for products without Kafka. Promises: 202 only after Kafka has the request for good; the same
// source and id is the same notification, however often it is posted; it is refused as it would be on Kafka.
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { notificationRequested } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { Publisher, RecordTooLarge } from '@carillon/messaging';
import { Caller, Problem, Roles, type Identity } from '@carillon/runtime';
import { Catalogue } from '../catalogue/catalogue.ts';
import { admit, postedNotification, type PostedNotification } from './posted-notification.ts';

/** Longer than a broker's restart takes in good weather; callers retry, and that is safe. */
const acknowledgementMs = 10_000;

@Controller('v1/notifications')
export class NotificationsController {
  constructor(
    private readonly publisher: Publisher,
    private readonly catalogue: Catalogue,
  ) {}

  @Post()
  @HttpCode(202)
  @Roles('owner', 'admin', 'service')
  async post(@Caller() caller: Identity, @Body({ schema: postedNotification }) body: unknown): Promise<{ notificationId: string }> {
    const posted = body as PostedNotification;
    const { source, id } = posted;
    const { request } = admit(posted, caller, this.catalogue);
    const signal = AbortSignal.timeout(acknowledgementMs);
    try {
      await this.publisher.publish(notificationRequested, [{ id, source, data: request }], { validate: false, signal });
    } catch (error) {
      if (error instanceof RecordTooLarge) throw new Problem(413, 'Content Too Large', `at most ${error.limit} bytes fit`, [], { cause: error });
      const headers = { 'retry-after': '5' };
      throw new Problem(503, 'Service Unavailable', 'Kafka did not acknowledge the notification; posting it again is safe.', [], { cause: error, headers });
    }
    return { notificationId: notificationIdOf(request.tenantId, source, id) };
  }
}
