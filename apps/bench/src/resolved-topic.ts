// Delivery alone with a topic of decisions that was filled before: the deliveries belong to an installation that is
// lost, so nothing is sent.
import type { Admin } from 'kafkajs';
import pg from 'pg';
import { notificationIdOf } from '@carillon/domain/ids';
import { partitionOf } from '@carillon/messaging';
import { kafkaClient, startPlayground, type Playground } from '@carillon/playground';
import { content, member, prefill, prefillInstallation, slackUser } from './prefill.ts';
import { progressOf, rewind, type Progress } from './progress-of-group.ts';

export const records = 60_000;
export const resolved = 'carillon.notification.resolved.v1';
const group = 'carillon.delivery';

export const startDeliveryAlone = (): Promise<Playground> =>
  startPlayground({
    portOffset: 'free',
    quiet: true,
    services: ['delivery'],
    durable: false,
    env: { delivery: { LOG_LEVEL: 'warn' } },
  });

export interface ResolvedTopic {
  playground: Playground;
  admin: Admin;
  /** As the owner of delivery's tables. */
  database: pg.Client;
  servers: Record<'postgres' | 'kafka', number | undefined>;
  /** How delivery, which is stopped before and after, takes all of the topic. */
  ingested: () => Promise<Progress>;
}

/** With delivery stopped. All is ended when `measure` has returned. */
export async function* withResolvedTopic<T>(measure: (stage: ResolvedTopic) => AsyncIterable<T>): AsyncIterable<T> {
  const playground = await startDeliveryAlone();
  const kafka = kafkaClient(playground.kafka.brokers, 'bench');
  const admin = kafka.admin();
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery', 'migration') });
  try {
    await Promise.all([admin.connect(), database.connect()]);
    const delivery = playground.service('delivery');
    await prefillInstallation(kafka, 'lost');
    await new Promise((done) => setTimeout(done, 2_000));
    await delivery.stop();
    await prefill(kafka, resolved, records, (n) => ({
      key: null,
      partition: partitionOf(`member:${member(n)}`, 12),
      id: `d${n}`,
      source: '/carillon/preferences',
      data: resolvedNotification(n),
    }));
    const servers = { postgres: playground.postgres.pid, kafka: playground.kafka.pid };
    const ingested = async (): Promise<Progress> => {
      await rewind(admin, group, resolved);
      await delivery.start();
      const pids = (): Record<string, number | undefined> => ({ process: delivery.pid, ...servers });
      const progress = await progressOf(admin, group, resolved, records, pids);
      await delivery.stop();
      return progress;
    };
    yield* measure({ playground, admin, database, servers, ingested });
  } finally {
    await Promise.allSettled([admin.disconnect(), database.end()]);
    await playground.stop();
  }
}

function resolvedNotification(n: number): object {
  const id = `k${n}`;
  return {
    tenantId: 'acme',
    notification: {
      notificationId: notificationIdOf('acme', '/bench', id),
      source: '/bench',
      id,
      type: 'report.ready',
      category: 'reports',
      content: content(n),
      priority: 'normal',
      requestHash: `hash-of-${id}`,
    },
    policies: { ambiguity: 'resend', mutable: true, retentionDays: 90 },
    decisions: [
      {
        recipient: `member:${member(n)}`,
        aliases: [`email:${member(n)}@acme.test`, `slack:T0BENCH:${slackUser(n)}`],
        verdict: 'send',
        destinations: [
          { kind: 'slack', surface: 'dm', installationId: 'bench', teamId: 'T0BENCH', channel: slackUser(n) },
        ],
        mode: { kind: 'now' },
        reasons: [{ code: 'addressed' }, { code: 'default_channels' }, { code: 'linked' }],
      },
    ],
  };
}
