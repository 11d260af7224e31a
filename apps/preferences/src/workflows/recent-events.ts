// Keeps the newest events of each type, for tenants that allow it (`keepEvents` in TENANTS_FILE), so that a workflow is
// tried out on what really happened. Guarantees: deciding never waits for it, and does not fail where it does; memory
// and rows are bounded for each tenant and type; nothing is kept longer than seven days. It does not keep every event:
// of many at once the newest are.
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { defineStatement, rows } from '@carillon/persistence';
import { DATABASE, Lifecycle, Tenants } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { recentEventsDropped } from '../metrics.ts';
import type { Pool } from 'pg';
import { WaitingEvents, type RecentEvent } from './waiting-events.ts';

const keptDays = 7;
/** Those of the last write come on top. */
const keptOfType = 200;
const longestText = 64_000;
const writeEveryMs = 1_000;
const forgetEveryMs = 3_600_000;

/** In one order, and without those that somebody else deletes, so that no two statements wait for each other. */
const lockedOf = (ids: string): string => `
SELECT notification_id FROM recent_event WHERE notification_id IN (${ids})
 ORDER BY notification_id FOR UPDATE SKIP LOCKED`;

const insert = defineStatement({
  parameters: {
    events: rows({
      notificationId: 'uuid',
      tenantId: 'text',
      type: 'text',
      source: 'text',
      id: 'text',
      request: 'json',
      at: 'timestamptz',
    }),
    pairs: rows({ tenantId: 'text', type: 'text' }),
  },
  text: (p) => `
WITH kept AS (
  INSERT INTO recent_event (notification_id, tenant_id, type, source, id, request, at)
  SELECT notification_id, tenant_id, type, source, id, request, at FROM ${p.events.as('e')} ORDER BY notification_id
  ON CONFLICT DO NOTHING)
DELETE FROM recent_event WHERE notification_id IN (${lockedOf(`
  SELECT old.notification_id FROM ${p.pairs.as('pair')}, LATERAL (
    SELECT notification_id FROM recent_event r WHERE r.tenant_id = pair.tenant_id AND r.type = pair.type
     ORDER BY at DESC, notification_id OFFSET ${keptOfType}) AS old`)})`,
});

const forgetOld = `DELETE FROM recent_event WHERE notification_id IN (${lockedOf(
  `SELECT notification_id FROM recent_event WHERE at < now() - interval '${keptDays} days'`,
)})`;

const select = defineStatement({
  parameters: { tenantId: 'text', type: 'text', count: 'integer' },
  text: (p) => `
SELECT notification_id AS "notificationId", source, id, request, at FROM recent_event
 WHERE tenant_id = ${p.tenantId} AND type = ${p.type} AND at > now() - interval '${keptDays} days'
 ORDER BY at DESC, notification_id LIMIT ${p.count}`,
});

@Injectable()
export class RecentEvents implements OnApplicationBootstrap {
  private readonly log = createLogger('recent-events');
  private waiting = new WaitingEvents();
  private writing: Promise<void> | undefined;

  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly tenants: Tenants,
    private readonly lifecycle: Lifecycle,
  ) {}

  onApplicationBootstrap(): void {
    const timer = setInterval(() => void this.write(), writeEveryMs).unref();
    const forgetting = setInterval(() => void this.forget(), forgetEveryMs).unref();
    this.lifecycle.onStop('flush', 'recent events', async () => {
      clearInterval(timer);
      clearInterval(forgetting);
      await this.writing;
      await this.write();
    });
  }

  allows(tenantId: string): boolean {
    return this.tenants.get(tenantId)?.keepEvents === true;
  }

  /** Never throws. */
  keep(event: RecentEvent): void {
    recentEventsDropped.inc(this.waiting.add(event));
  }

  /** The newest first. */
  async newest(tenantId: string, type: string, count: number): Promise<RecentEvent[]> {
    return (await this.pool.query<RecentEvent>(select({ tenantId, type, count }))).rows;
  }

  /** One at a time: where the database is slow, what waits is replaced by what is newer. */
  write(): Promise<void> {
    this.writing ??= this.store().finally(() => (this.writing = undefined));
    return this.writing;
  }

  private async store(): Promise<void> {
    const those = this.waiting.take();
    if (those.length === 0) return;
    const events = those.flatMap(({ request, ...event }) => {
      const text = JSON.stringify(request);
      const { tenantId, type } = request;
      return text.length > longestText ? [] : [{ ...event, tenantId, type, request: text }];
    });
    const pairs = [
      ...new Map(events.map(({ tenantId, type }) => [`${tenantId} ${type}`, { tenantId, type }])).values(),
    ];
    try {
      await this.pool.query(insert({ events, pairs }));
    } catch (error) {
      recentEventsDropped.inc(events.length);
      this.log.warn({ err: error }, 'events for dry runs could not be kept');
    }
  }

  private async forget(): Promise<void> {
    await this.pool
      .query(forgetOld)
      .catch((error: unknown) => this.log.warn({ err: error }, 'old events could not be deleted; the next run tries'));
  }
}
