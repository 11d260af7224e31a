// POST /v1/notifications: for products without Kafka. Guarantees: 202 is answered only after Kafka has acknowledged the
// request. The same source and id with the same content is the same notification, however often it is posted; with
// other content it is refused (409). A request is refused for the same reasons as on Kafka.
import { z } from 'zod';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { notificationRequested, type NotificationRequest, type NotificationType } from '@carillon/domain';
import { notificationIdOf, requestHashOf } from '@carillon/domain/ids';
import { Publisher, RecordTooLarge } from '@carillon/messaging';
import { Answers, Caller, Problem, Roles, type Identity, unavailable } from '@carillon/runtime';
import type { NotifyingMention } from '@carillon/slack';
import { Catalogue } from '../catalogue/catalogue.ts';
import { RequestDigests } from '../digests/request-digests.ts';
import { idReusedDetail, reuseRecord, type ReusedId } from '../digests/reuse-records.ts';
import { ContextLoader, LookupKeys } from '../resolution/context-loader.ts';
import { resolve } from '../resolution/resolve.ts';
import { ResolvedTopics } from '../resolution/resolved-topics.ts';
import { strangerIn } from './content-faults.ts';
import { admit, contentProblem, postedNotification, type PostedNotification } from './posted-notification.ts';

/** Longer than a broker's restart takes in good weather; callers retry, and that is safe. */
const acknowledgementMs = 10_000;

const acceptedNotification = z.object({ notificationId: z.uuid() });

@Controller('v1/notifications')
export class NotificationsController {
  constructor(
    private readonly publisher: Publisher,
    private readonly catalogue: Catalogue,
    private readonly digests: RequestDigests,
    private readonly contexts: ContextLoader,
    private readonly topics: ResolvedTopics,
  ) {}

  @Post()
  @Answers({
    body: acceptedNotification,
    example: { notificationId: '0c7a3c2e-5a3b-5f6e-9b51-3d6f8f1f2a10' },
    description: 'Kafka has acknowledged the request.',
    problems: [409, 503],
  })
  @HttpCode(202)
  @Roles('owner', 'admin', 'product')
  async post(
    @Caller() caller: Identity,
    @Body({ schema: postedNotification }) body: unknown,
  ): Promise<z.output<typeof acceptedNotification>> {
    const posted = body as PostedNotification;
    const { source, id } = posted;
    const { request, type, users } = admit(posted, caller, this.catalogue);
    if (users.length > 0) await this.refuseStrangers(request, type, users);
    const claim = {
      notificationId: notificationIdOf(request.tenantId, source, id),
      requestHash: requestHashOf(request),
    };
    if (!(await this.digests.accepts(claim))) {
      await this.tellReuse({
        ...claim,
        tenantId: request.tenantId,
        source,
        id,
        type,
        detail: `posted by ${caller.memberId}`,
      });
      throw new Problem(409, 'Conflict', idReusedDetail(source, id), [
        { path: 'id', message: 'was used for other content' },
      ]);
    }
    const signal = AbortSignal.timeout(acknowledgementMs);
    try {
      await this.publisher.publish(notificationRequested, [{ id, source, data: request }], { validate: false, signal });
    } catch (error) {
      if (error instanceof RecordTooLarge) {
        await this.digests.release(claim);
        throw new Problem(413, 'Content Too Large', `at most ${error.limit} bytes fit`, [], { cause: error });
      }
      throw unavailable('Kafka did not acknowledge the notification; posting it again is safe.', error, 5);
    }
    return { notificationId: claim.notificationId };
  }

  /** Only where raw blocks name users does a request have to wait for what is known about its tenant. */
  private async refuseStrangers(
    request: NotificationRequest,
    type: NotificationType,
    users: readonly NotifyingMention[],
  ): Promise<void> {
    const keys = new LookupKeys();
    keys.add(request);
    const known = await this.contexts.load(keys);
    const stranger = strangerIn(users, resolve(request, type, known.get(request.tenantId)!));
    if (stranger) throw contentProblem(stranger);
  }

  /** The caller is refused all the same where Kafka does not take the line for the timeline. */
  private async tellReuse(reused: ReusedId): Promise<void> {
    const signal = AbortSignal.timeout(acknowledgementMs);
    const publish = async (): Promise<void> => {
      const partitions = await this.topics.partitionsOf([reused.tenantId]);
      await this.topics.publish([reuseRecord(reused, partitions(reused.tenantId))], { signal });
    };
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([publish(), aborted]).catch(() => undefined);
  }
}
