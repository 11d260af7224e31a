// POST /v1/notifications: for products without Kafka; one notification, or a batch. Guarantees: 202 is answered only
// after Kafka has acknowledged. The same source and id with the same content is the same notification, however often it
// is posted; with other content it is refused (409). A request is refused for the same reasons as on Kafka. What
// becomes of a batch and of its items is in ingest-answers.ts.
import { z } from 'zod';
import { Body, Controller, Headers, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  AuditLog,
  Answers,
  Caller,
  Problem,
  refusalReasonOf,
  Roles,
  TakesBody,
  type Identity,
  type AnswerHead,
} from '@carillon/runtime';
import { batchAnswer, batchProblem, answerOfBatch, type WholeAnswer } from './ingest-answers.ts';
import { IngestNotifications, type IngestResult } from './ingest-notifications.ts';
import { cloudEventBatchType, cloudEventType, postedBody, readPostedBody } from './posted-body.ts';

const mebibyte = 1024 * 1024;
const route = 'POST /v1/notifications';

const acceptedNotification = z.object({ notificationId: z.uuid() });
type Accepted = z.output<typeof acceptedNotification>;

const notificationId = '0c7a3c2e-5a3b-5f6e-9b51-3d6f8f1f2a10';
const refusedItem = {
  status: 400,
  detail: 'not valid: title',
  errors: [{ path: 'notifications[1].title', message: 'is missing' }],
};

@Controller('v1/notifications')
export class NotificationsController {
  constructor(
    private readonly ingestion: IngestNotifications,
    private readonly audit: AuditLog,
  ) {}

  @Post()
  @Answers({
    body: z.union([acceptedNotification, batchAnswer]),
    example: { notificationId },
    description:
      'Kafka has acknowledged the notification, or every one of the batch. A batch has `items`, one per notification and in their order.',
    problems: [409, 503],
    also: [
      {
        status: 207,
        description: 'Some notifications of the batch are accepted; `items` has the status of each.',
        body: batchAnswer,
        example: { items: [{ status: 202, notificationId }, refusedItem] },
      },
      {
        status: 400,
        description: 'Nothing is accepted. For a batch, `items` has the status of each notification.',
        mediaType: 'application/problem+json',
        body: batchProblem.partial({ items: true }),
        example: {
          ...{ type: 'about:blank', title: 'Bad Request', status: 400 },
          detail: 'none of the 1 notifications was accepted: not valid: title',
          errors: [{ path: 'notifications[0].title', message: 'is missing' }],
          items: [{ ...refusedItem, errors: [{ path: 'notifications[0].title', message: 'is missing' }] }],
        },
      },
    ],
  })
  @HttpCode(202)
  @Roles('owner', 'admin', 'product')
  @TakesBody({
    maxBytes: 8 * mebibyte,
    alsoTakes: [cloudEventType, cloudEventBatchType],
    inFlightBytes: 24 * mebibyte,
    storableByItem: true,
  })
  async post(
    @Caller() caller: Identity,
    @Body({ schema: postedBody }) body: unknown,
    @Headers('content-type') contentType: string | undefined,
    @Req() { rawBody }: { rawBody?: Buffer },
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<Accepted | WholeAnswer['body']> {
    const { batch, items } = readPostedBody(body, contentType);
    if (!batch && (rawBody?.length ?? 0) > mebibyte)
      throw new Problem(413, 'Content Too Large', `one notification is larger than ${mebibyte} bytes`);
    const results = await this.ingestion.ingest(items, caller);
    if (!batch) return acceptedOrThrow(results[0]!);
    this.recordRefusals(results, caller);
    const whole = answerOfBatch(results);
    const type = whole.status >= 400 ? { 'content-type': 'application/problem+json' } : {};
    response.status(whole.status).set({ ...whole.headers, ...type });
    return whole.body;
  }

  /** As the filter does it for a request that is refused as a whole. */
  private recordRefusals(results: readonly IngestResult[], caller: Identity): void {
    for (const result of results)
      if ('problem' in result && result.problem.status === 403)
        this.audit.recordRefusal(caller, { route, status: 403, reason: refusalReasonOf(result.problem) });
  }
}

function acceptedOrThrow(result: IngestResult): Accepted {
  if ('problem' in result) throw result.problem;
  return result;
}
