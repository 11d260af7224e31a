// For operators: the records that wait in a service's outbox, and those that are set aside because Kafka can never take
// them as they are. Guarantees: no payload is shown; a retry is in the audit log, in the same transaction.
import { inTransaction, listOutbox, outboxStates, retryOutbox, type OutboxRecord } from '@carillon/persistence';
import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import type { Pool } from 'pg';
import { z } from 'zod';
import { Answers, pageOfItems } from '../http/answers.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { Roles } from '../auth/access.ts';
import { Caller, type Identity } from '../auth/identity.ts';
import { decodeCursor, pageOf, pageQuery, type Page } from '../http/page.ts';
import { DATABASE } from '../platform/tokens.ts';

const recordId = z.string().regex(/^\d{1,18}$/, 'must be the id of a record, a number');
const topic = z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/, 'must be the name of a topic');
const outboxQuery = z.strictObject({ ...pageQuery, state: z.enum(outboxStates).optional(), topic: topic.optional() });
const retryRequest = z
  .strictObject({
    ids: z.array(recordId).min(1).max(1_000).optional(),
    topic: topic.optional(),
    all: z.literal(true).optional(),
  })
  .refine(
    ({ ids, topic: of, all }) => [ids, of, all].filter((one) => one !== undefined).length === 1,
    'must name ids, a topic, or all',
  );

const outboxRecord = z.object({
  id: z.string(),
  topic: z.string(),
  key: z.string().nullable(),
  bytes: z.int(),
  state: z.enum(outboxStates),
  reason: z.string().nullable(),
  createdAt: z.string(),
}) satisfies z.ZodType<OutboxRecord>;
const retried = z.object({ retried: z.int() });

@Controller('v1/outbox')
@Roles('operator')
export class OutboxController {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  @Answers({
    body: pageOfItems(outboxRecord),
    example: {
      items: [
        {
          id: '17',
          topic: 'carillon.notification.resolved.v1',
          key: null,
          bytes: 812,
          state: 'set_aside',
          reason: 'the record is too large',
          createdAt: '2026-11-26T09:00:00.000Z',
        },
      ],
      nextCursor: null,
    },
  })
  async list(
    @Query({ schema: outboxQuery }) { limit, cursor, ...filter }: z.output<typeof outboxQuery>,
  ): Promise<Page<OutboxRecord>> {
    return pageOf(
      await listOutbox(this.pool, filter, limit + 1, decodeCursor(recordId, cursor)),
      limit,
      (last) => last.id,
    );
  }

  @Post('retry')
  @Answers({ body: retried, example: { retried: 3 } })
  @HttpCode(200)
  async retry(
    @Caller() caller: Identity,
    @Body({ schema: retryRequest }) { ids, topic: of }: z.output<typeof retryRequest>,
  ): Promise<{ retried: number }> {
    return inTransaction(this.pool, async (tx) => {
      const records = await retryOutbox(tx, { ids, topic: of });
      const retried = Object.values(records).reduce((sum, count) => sum + count, 0);
      await this.audit.record(tx, caller, {
        action: 'outbox.retried',
        subject: 'outbox',
        detail: { records, ...(ids && { ids: ids.slice(0, 50) }) },
      });
      return { retried };
    });
  }
}
