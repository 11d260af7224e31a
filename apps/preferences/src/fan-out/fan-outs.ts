// The fan-outs that are not done yet, in the database. Guarantees: a notification fans out once, however often its
// request comes; one process at a time goes on with it, and another one does where that process died; how far it came
// is stored after each page, so that at most one page is repeated. What is done is remembered for as long as its id.
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { notificationType, type NotificationRequest, type NotificationType, type Reason } from '@carillon/domain';
import { defineStatement, rows } from '@carillon/persistence';
import { DATABASE } from '@carillon/runtime';
import type { Pool } from 'pg';
import { digestDays } from '../digests/forget-digests.ts';
import type { Variants } from '../resolution/content-variants.ts';

/** What a fan-out needs besides the tenant's context: as the request was when it was accepted. */
export interface FanOutEvent {
  source: string;
  id: string;
  requestHash: string;
  /** ISO 8601. */
  requestedAt?: string | undefined;
  request: NotificationRequest;
  type: NotificationType;
  traceparent: string;
  tracestate?: string | undefined;
  /** Why those whom the request names besides are nobody: told where nobody is found either. */
  reasons?: readonly Reason[] | undefined;
  /** Of those who were named: delivery keeps the ones of the record that comes first, so that all records have them. */
  variants?: Variants | undefined;
}

/** How far it came. */
export interface Position {
  step: number;
  /** The last id of the page before; empty at the begin of a step. */
  after: string;
  page: number;
  /** Those who were found so far, with those who were named one by one. */
  found: number;
}

export interface FanOut {
  notificationId: string;
  tenantId: string;
  event: FanOutEvent;
  position: Position;
  /** Epoch ms. */
  begunAt?: number;
}

/** Longer than a page takes, mostly: where it was not, two processes decide one page, which delivery knows then. */
const leaseMs = 10_000;
/** What is forgotten at once. */
const forgottenAtOnce = 5_000;

const insert = defineStatement({
  parameters: {
    fanOuts: rows({
      ...{
        notificationId: 'uuid',
        tenantId: 'text',
        urgent: 'boolean',
        event: 'json',
        page: 'integer',
        position: 'json',
      },
    }),
  },
  text: (p) => `
INSERT INTO fan_out (notification_id, tenant_id, urgent, event, page, position)
SELECT notification_id, tenant_id, urgent, event, page, position FROM ${p.fanOuts.as('f')} ORDER BY notification_id
ON CONFLICT DO NOTHING`,
});

/** Each is found by one step in the index, however many fan-outs it has. */
const selectTenants = `
WITH RECURSIVE waiting AS (
  (SELECT tenant_id FROM fan_out WHERE done_at IS NULL ORDER BY tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT f.tenant_id FROM fan_out f WHERE f.done_at IS NULL AND f.tenant_id > waiting.tenant_id
           ORDER BY f.tenant_id LIMIT 1)
    FROM waiting WHERE waiting.tenant_id IS NOT NULL)
SELECT tenant_id FROM waiting WHERE tenant_id IS NOT NULL`;

const claim = defineStatement({
  parameters: { tenantId: 'text' },
  text: (p) => `
UPDATE fan_out SET leased_until = clock_timestamp() + interval '${leaseMs} ms'
 WHERE notification_id = (
   SELECT notification_id FROM fan_out
    WHERE tenant_id = ${p.tenantId} AND done_at IS NULL AND leased_until < clock_timestamp()
    ORDER BY urgent DESC, page, begun_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING notification_id AS "notificationId", tenant_id AS "tenantId", event, position,
          (extract(epoch FROM begun_at) * 1000)::float8 AS "begunAt"`,
});

const ofPage = (p: { notificationId: string; page: string }): string =>
  `notification_id = ${p.notificationId} AND done_at IS NULL AND page = ${p.page}`;

const advance = defineStatement({
  parameters: { notificationId: 'uuid', page: 'integer', next: 'integer', position: 'json' },
  text: (p) => `
UPDATE fan_out SET position = ${p.position}, page = ${p.next}, leased_until = clock_timestamp() + interval '${leaseMs} ms' WHERE ${ofPage(p)}`,
});

const finish = defineStatement({
  parameters: { notificationId: 'uuid', page: 'integer', position: 'json' },
  text: (p) => `UPDATE fan_out SET done_at = now(), event = 'null', position = ${p.position} WHERE ${ofPage(p)}`,
});

const release = defineStatement({
  parameters: { notificationId: 'uuid', page: 'integer', pauseMs: 'integer' },
  text: (p) => `
UPDATE fan_out SET leased_until = clock_timestamp() + ${p.pauseMs} * interval '1 ms' WHERE ${ofPage(p)}`,
});

const forgetDone = `
DELETE FROM fan_out WHERE notification_id IN (
  SELECT notification_id FROM fan_out WHERE done_at < now() - interval '${digestDays} days'
   ORDER BY done_at LIMIT ${forgottenAtOnce})`;

@Injectable()
export class FanOuts {
  /** Aborted, and replaced, when this process adds one. */
  private added = new AbortController();

  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  /** Resolves when this process adds one, and at the latest after this time. */
  async untilAdded(ms: number, signal: AbortSignal): Promise<void> {
    const woken = AbortSignal.any([signal, this.added.signal]);
    await sleep(ms, undefined, { signal: woken }).catch(() => undefined);
  }

  /** Those that are there already stay as they are. */
  async add(fanOuts: readonly FanOut[]): Promise<void> {
    if (fanOuts.length === 0) return;
    const given = fanOuts.map(({ event, position, ...one }) => ({
      notificationId: one.notificationId,
      tenantId: one.tenantId,
      urgent: event.request.priority === 'urgent',
      event: JSON.stringify(event),
      page: position.page,
      position: JSON.stringify(position),
    }));
    await this.pool.query(insert({ fanOuts: given }));
    this.added.abort();
    this.added = new AbortController();
  }

  /** Those with a fan-out, which another process may go on with. */
  async waitingTenants(): Promise<string[]> {
    const { rows: found } = await this.pool.query<{ tenant_id: string }>(selectTenants);
    return found.map(({ tenant_id: tenantId }) => tenantId);
  }

  /**
   * What is urgent first, then the one with the fewest pages so far: a small one does not wait for a large one.
   * Undefined: other processes have them all.
   */
  async claim(tenantId: string): Promise<FanOut | undefined> {
    const found = (await this.pool.query<FanOut>(claim({ tenantId }))).rows[0];
    if (!found) return undefined;
    // A field that another release does not know has its default.
    const type = notificationType.parse(found.event.type);
    return { ...found, event: { ...found.event, type } };
  }

  /** False: another process went on with it meanwhile. */
  async advance({ notificationId, position }: FanOut, to: Position): Promise<boolean> {
    const statement = advance({ notificationId, page: position.page, next: to.page, position: JSON.stringify(to) });
    return (await this.pool.query(statement)).rowCount === 1;
  }

  /** @param at how far it came */
  async finish({ notificationId, position }: FanOut, at = position): Promise<void> {
    await this.pool.query(finish({ notificationId, page: position.page, position: JSON.stringify(at) }));
  }

  /** Lets anybody go on with it after a pause. */
  async release({ notificationId, position }: FanOut, pauseMs = 0): Promise<void> {
    await this.pool.query(release({ notificationId, page: position.page, pauseMs }));
  }

  /** Returns how many it deleted. */
  async forget(): Promise<number> {
    return (await this.pool.query(forgetDone)).rowCount ?? 0;
  }
}
