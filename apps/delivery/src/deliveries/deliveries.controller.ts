// The routes that list, replay and cancel deliveries. Guarantees: a delivery of another tenant gets 404; a delivery
// that is being sent is neither cancelled nor replayed; a repeated request changes nothing; one that meets a locked row
// is told to try again, and what a replay of many has done before stays done; every change is in the audit log.
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import type { Pool } from 'pg';
import { z } from 'zod';
import { externalId, outcome, tenantId, timestamp } from '@carillon/domain';
import { defineStatement, OutboxRelay } from '@carillon/persistence';
import {
  Answers,
  AuditLog,
  Caller,
  DATABASE,
  decodeCursor,
  lockedProblem,
  ownedOrNotFound,
  pageOf,
  pageOfItems,
  pageQuery,
  Problem,
  Roles,
  tenantOf,
  type AuditAct,
  type Identity,
  type Page,
} from '@carillon/runtime';
import { Ownership } from '../ownership/ownership.ts';
import { terminateDeliveries } from '../ledger/terminations.ts';
import { reopen, type Reopened } from '../ledger/replays.ts';
import { isTerminal, type DeliveryState } from '../model/delivery-state.ts';
import { deliveryView, exampleDelivery } from './delivery-schema.ts';
import { findDeliveries, findDelivery, type DeliveryView, type Found } from './deliveries.ts';

const replayedAtOnce = 500;
const mostReplayed = 10_000;

const filter = {
  member: externalId.optional(),
  type: externalId.optional(),
  since: timestamp.optional(),
  until: timestamp.optional(),
  /** For callers that serve several tenants, or all. */
  tenantId: tenantId.optional(),
};

/** Suppressed decisions have no delivery: the notification's timeline shows them. */
const ended = outcome.exclude(['suppressed'], {
  error:
    'must be delivered, failed, expired or cancelled (a suppressed decision has no delivery: see its notification)',
});

const listQuery = z.object({ ...pageQuery, ...filter, outcome: ended.optional() });

/** The place in the order of arrival. */
const position = z.string().regex(/^\d{1,18}$/);

const replayBody = z.strictObject({
  /** Also replays deliveries that were delivered. */
  force: z.boolean().default(false),
});

const replayManyBody = z.strictObject({
  filter: z.strictObject({ ...filter, outcome: z.union([ended, z.array(ended).min(1)]).default('failed') }),
  limit: z.int().min(1).max(mostReplayed).default(1_000),
  force: z.boolean().default(false),
});

export interface Replayed {
  /** How many deliveries are queued again. */
  replayed: number;
  /** How many matched and are not sent again: they were delivered (use `force`) or retracted. */
  refused: number;
}

const replayed = z.object({ replayed: z.int(), refused: z.int() }) satisfies z.ZodType<Replayed>;

@Controller('v1/deliveries')
@Roles('owner', 'security_admin', 'admin', 'product', 'operator')
export class DeliveriesController {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(Ownership) private readonly ownership: Ownership,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(AuditLog) private readonly audit: AuditLog,
  ) {}

  @Get()
  @Answers({ body: pageOfItems(deliveryView), example: { items: [exampleDelivery], nextCursor: null } })
  async list(
    @Query({ schema: listQuery }) query: z.infer<typeof listQuery>,
    @Caller() caller: Identity,
  ): Promise<Page<DeliveryView>> {
    const { limit, cursor, outcome: only, tenantId: named, ...rest } = query;
    const tenant = tenantOf(caller, named);
    const before = decodeCursor(position, cursor);
    const found = await findDeliveries(
      this.pool,
      { ...rest, tenantId: tenant, ...(only && { outcomes: [only] }), ...(before !== undefined && { before }) },
      limit + 1,
    );
    const page = pageOf(found, limit, ({ seq }) => seq);
    return { ...page, items: page.items.map(shown) };
  }

  @Get(':deliveryId')
  @Answers({ body: deliveryView, example: exampleDelivery })
  async one(@Param('deliveryId') deliveryId: string, @Caller() caller: Identity): Promise<DeliveryView> {
    return shown(await this.visible(deliveryId, caller));
  }

  @Post('replay')
  @Answers({ body: replayed, example: { replayed: 12, refused: 1 }, problems: [503] })
  @HttpCode(202)
  async replayMany(
    @Body({ schema: replayManyBody }) body: z.infer<typeof replayManyBody>,
    @Caller() caller: Identity,
  ): Promise<Replayed> {
    const { outcome: wanted, tenantId: named, ...rest } = body.filter;
    const asked = { ...rest, tenantId: tenantOf(caller, named), outcomes: [wanted].flat() };
    const done: Replayed = { replayed: 0, refused: 0 };
    for (let before: string | undefined; done.replayed + done.refused < body.limit; ) {
      const left = body.limit - done.replayed - done.refused;
      const found = await findDeliveries(this.pool, { ...asked, before }, Math.min(left, replayedAtOnce));
      if (found.length === 0) break;
      // The oldest first, in the order of their first arrival.
      const reopened = await this.reopen(
        found.map(({ deliveryId }) => deliveryId).reverse(),
        body.force,
        caller,
        (count) => ({
          action: 'delivery.replayed',
          subject: 'deliveries',
          tenantId: asked.tenantId,
          detail: { count, force: body.force, filter: body.filter },
        }),
      );
      done.replayed += reopened.size;
      done.refused += found.length - reopened.size;
      before = found.at(-1)!.seq;
    }
    return done;
  }

  @Post(':deliveryId/replay')
  @Answers({ body: deliveryView, example: exampleDelivery, problems: [409, 503] })
  @HttpCode(202)
  async replay(
    @Param('deliveryId') deliveryId: string,
    @Caller() caller: Identity,
    @Body({ schema: replayBody.optional() }) body?: z.infer<typeof replayBody>,
  ): Promise<DeliveryView> {
    const delivery = await this.visible(deliveryId, caller);
    if (!isTerminal(delivery.state))
      throw conflict(`the delivery is ${delivery.state}; only what has ended is replayed`);
    if (delivery.state === 'delivered' && !body?.force)
      throw conflict('the delivery was delivered; say "force": true to send it a second time');
    const force = body?.force ?? false;
    const reopened = await this.reopen([deliveryId], force, caller, () => ({
      action: 'delivery.replayed',
      subject: `delivery:${deliveryId}`,
      tenantId: delivery.tenantId,
      detail: { force },
    }));
    if (reopened.size === 0)
      throw conflict(
        'its producer retracted it, a newer version replaced it, or an e-mail was sent instead (with "force": true it is sent nevertheless)',
      );
    return shown(await this.visible(deliveryId, caller));
  }

  @Post(':deliveryId/cancel')
  @Answers({ body: deliveryView, example: exampleDelivery, problems: [409, 503] })
  @HttpCode(200)
  async cancel(@Param('deliveryId') deliveryId: string, @Caller() caller: Identity): Promise<DeliveryView> {
    const delivery = await this.visible(deliveryId, caller);
    if (delivery.state === 'cancelled') return shown(delivery);
    const { text: condition, values } = cancellable({ deliveryId, states: [...waits] });
    const ended = await terminateDeliveries(this.pool, { state: 'cancelled', condition, values }, (client) =>
      this.audit.record(client, caller, {
        action: 'delivery.cancelled',
        subject: `delivery:${deliveryId}`,
        tenantId: delivery.tenantId,
      }),
    );
    if (ended.length > 0) this.relay.wake();
    const now = await this.visible(deliveryId, caller);
    if (now.op === 'post' && waits.has(now.state) && now.state === delivery.state) throw lockedProblem();
    if (now.state !== 'cancelled')
      throw conflict(`the delivery is ${now.state}; only a delivery that waits can be cancelled`);
    return shown(now);
  }

  private async reopen(
    deliveryIds: readonly string[],
    force: boolean,
    caller: Identity,
    actOf: (count: number) => AuditAct,
  ): Promise<Map<string, Reopened>> {
    const reopened = await reopen(this.pool, deliveryIds, force, (client, count) =>
      this.audit.record(client, caller, actOf(count)),
    );
    if (reopened.size > 0) await this.ownership.announce(reopened.values());
    return reopened;
  }

  private async visible(deliveryId: string, caller: Identity): Promise<Found> {
    const found = z.uuid().safeParse(deliveryId).success ? await findDelivery(this.pool, deliveryId) : undefined;
    return ownedOrNotFound(caller, found, `delivery ${deliveryId.slice(0, 100)}`);
  }
}

const waits: ReadonlySet<DeliveryState> = new Set(['ready', 'waiting', 'unknown']);

/** A condition over `delivery_live AS d`. */
const cancellable = defineStatement({
  parameters: { deliveryId: 'uuid', states: 'text[]' },
  text: (p) => `d.delivery_id = ${p.deliveryId} AND d.op = 'post' AND d.state = ANY(${p.states})`,
});

const conflict = (detail: string): Problem => new Problem(409, 'Conflict', detail);

const shown = ({ seq: _seq, op: _op, ...view }: Found): DeliveryView => view;
