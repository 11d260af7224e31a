// A real ledger for specs, and the few steps that every one of them takes.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { Pool } from 'pg';
import type { Content, Decision, NotificationOutcome, ResolvedNotification } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase } from '@carillon/persistence/testing';
import type { SendResult } from '../model/send-result.ts';
import { migrations } from '../database/migrations/index.ts';
import { acquireLanes } from '../ownership/lane-assignments.ts';
import { claim } from '../ledger/claims.ts';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import { createDailyPartitions } from '../maintenance/partitions.ts';
import { ingestRecords } from '../ingest/gate.ts';
import type { ResolvedRecord } from '../model/ingest-plan.ts';
import { headsOfPages } from '../ledger/queue.ts';
import { renderDigest } from '@carillon/slack';
import type { Channel } from '../channels/channel.ts';
import { composeDigest } from '../dispatch/compose-digest.ts';
import { freeze } from '../ledger/digests.ts';
import { queuePriorities, type QueuedDelivery } from '../model/queued-delivery.ts';
import { record } from '../ledger/results.ts';
import { placeOf } from './places.ts';
import { resolveResult } from '../dispatch/resolve-result.ts';

export const policy = { reconcileWaitMs: 0, backoffBaseMs: 1, backoffMostMs: 1, placeOf };
export const facts = {};
export const lane = 'T1';

export const toMember = (member: string, over: Partial<Decision> = {}): Decision => ({
  recipient: `member:${member}`,
  verdict: 'send',
  destinations: [{ kind: 'slack', surface: 'dm', installationId: 'i1', teamId: lane, channel: `U-${member}` }],
  mode: { kind: 'now' },
  reasons: [{ code: 'addressed' }],
  ...over,
});

export const idOf = (id: string): string => notificationIdOf('acme', '/test', id);

export const resolved = (
  id: string,
  decisions: Decision[],
  over: Partial<ResolvedNotification['notification']> = {},
): ResolvedRecord & { data: ResolvedNotification } => ({
  data: {
    tenantId: 'acme',
    notification: {
      notificationId: idOf(id),
      source: '/test',
      id,
      type: 'report.ready',
      category: 'reports',
      content: { title: `Report ${id}` },
      priority: 'normal',
      ...over,
    },
    policies: { ambiguity: 'resend', mutable: true, retentionDays: 90 },
    decisions,
  },
});

export class LedgerStage {
  pool!: Pool;
  url = '';
  readonly podA = randomUUID();
  readonly podB = randomUUID();

  async take(
    records: ResolvedRecord[],
  ): Promise<{ deliveries: number; retracted: string[]; reused: ResolvedRecord[] }> {
    const { rounds, reused } = await ingestRecords(this.pool, records, placeOf, new Date());
    return {
      deliveries: rounds.reduce((sum, { ingested }) => sum + ingested.deliveries, 0),
      retracted: rounds.flatMap(({ ingested }) => ingested.retracted),
      reused,
    };
  }

  async rows(sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await this.pool.query<Record<string, unknown>>(sql, values)).rows;
  }

  /** Deliveries in the order of arrival, as `id state`. */
  async states(): Promise<string[]> {
    const rows = await this.rows(
      `SELECT n.external_id AS id, d.state FROM delivery d JOIN notification n USING (notification_id) WHERE d.op <> 'digest' ORDER BY n.received_at, n.external_id`,
    );
    return rows.map((row) => `${String(row['id'])} ${String(row['state'])}`);
  }

  async outcomes(): Promise<NotificationOutcome[]> {
    return (await this.rows('SELECT value FROM outbox ORDER BY id')).map(
      (row) => JSON.parse(String(row['value'])) as NotificationOutcome,
    );
  }

  async own(podId = this.podA, laneId = lane): Promise<number> {
    const client = await this.pool.connect();
    try {
      const assignments = await acquireLanes(client, { podId, living: [podId], holds: [] }, 100, 0);
      return assignments.find((assignment) => assignment.laneId === laneId)?.epoch ?? 0;
    } finally {
      client.release();
    }
  }

  /** The heads of the lane's queues. */
  async heads(laneId = lane): Promise<QueuedDelivery[]> {
    const pages = queuePriorities.map((priority) => ({ lane: laneId, priority, after: '', channels: 200 }));
    return (await headsOfPages(this.pool, pages)).get(laneId) ?? [];
  }

  /** Claims whatever stands at the heads of the queues. */
  async claimAll(epoch: number, podId = this.podA, laneId = lane): Promise<ClaimedDelivery[]> {
    const heads = await this.heads(laneId);
    return claim(
      this.pool,
      podId,
      heads.map((head) => ({ deliveryId: head.deliveryId, attemptId: randomUUID(), lane: laneId, epoch })),
    );
  }

  /** Claims one notification's delivery, as a lane would that gives it its turn; undefined: it may not go. */
  async claimOne(epoch: number, id: string): Promise<ClaimedDelivery | undefined> {
    const rows = await this.rows(`SELECT delivery_id AS id FROM delivery_live WHERE notification_id = $1`, [idOf(id)]);
    const [claimed] = await claim(
      this.pool,
      this.podA,
      rows.map((row) => ({ deliveryId: String(row['id']), attemptId: randomUUID(), lane, epoch })),
    );
    return claimed;
  }

  async end(delivery: ClaimedDelivery, end: Exclude<SendResult, { kind: 'not_written' }>): ReturnType<typeof record> {
    return record(this.pool, [resolveResult(delivery, end, new Date(), policy)]);
  }

  /** The content of a claimed digest, as its channel would send it. */
  freeze(digest: ClaimedDelivery, moreUrl?: string): Promise<Content | null> {
    const channel: Pick<Channel, 'renderDigest'> = {
      renderDigest: (items, options) => ({ slack: { blocks: renderDigest(items, options).blocks } }),
    };
    return freeze(this.pool, digest, (members) =>
      composeDigest(members, channel, moreUrl === undefined ? {} : { moreUrl }),
    );
  }

  deliver(delivery: ClaimedDelivery, ts = '1.1'): ReturnType<typeof record> {
    return this.end(delivery, { kind: 'delivered', facts, ref: { teamId: lane, channel: 'D1', ts } });
  }
}

/** One database per spec file, empty tables per test. */
export function useLedger(): LedgerStage {
  const stage = new LedgerStage();
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(createDataSource({ url: database.url, entities: [], migrations, applicationName: 'spec' }));
    stage.url = database.url;
    stage.pool = createPool(database.url);
    await createDailyPartitions(stage.pool);
  });
  afterAll(async () => {
    await stage.pool.end();
    await database.drop();
  });
  beforeEach(async () => {
    await stage.pool.query(
      'TRUNCATE notification, decision, id_reuse, delivery, attempt, lane, outbox, slot, retraction, digest, file_upload, installation, conversation, tenant_move, held_record, departing_delivery',
    );
  });
  return stage;
}
