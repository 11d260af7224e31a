// resolved → ledger rows, through the service and through a bare insert, in turn over the same prefilled topic. The
// deliveries belong to an installation that is lost, so nothing is sent; the queues are read and kept all the same.
import pg from 'pg';
import { notificationIdOf } from '@carillon/domain/ids';
import { partitionOf } from '@carillon/messaging';
import { kafkaClient, startPlayground } from '@carillon/playground';
import { startChild } from './child-process.ts';
import { content, member, prefill, prefillInstallation, slackUser } from './prefill.ts';
import { compareProgress, progressOf, rewind, type Progress } from './progress-of-group.ts';
import type { Figure } from './report.ts';

const records = 60_000;
const roundCount = 3;
export const resolved = 'carillon.notification.resolved.v1';
export const group = 'carillon.delivery';

export async function* ingestBench(): AsyncIterable<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    services: ['delivery'],
    durable: false,
    env: { delivery: { LOG_LEVEL: 'warn' } },
  });
  const kafka = kafkaClient(playground.kafka.brokers, 'bench');
  const admin = kafka.admin();
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery', 'migration') });
  try {
    await Promise.all([admin.connect(), database.connect()]);
    const delivery = playground.service('delivery');
    await prefillInstallation(kafka, 'lost');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await delivery.stop();
    await prefill(kafka, resolved, records, (n) => ({
      key: null,
      partition: partitionOf(`member:${member(n)}`, 12),
      id: `d${n}`,
      source: '/carillon/preferences',
      data: resolvedNotification(n),
    }));
    const servers = { postgres: playground.postgres.pid, kafka: playground.kafka.pid };
    const rounds = { ours: [] as Progress[], bare: [] as Progress[] };
    for (let round = 0; round < roundCount; round++) {
      const bareGroup = `bare-${round}`;
      await database.query('DROP TABLE IF EXISTS bare_delivery');
      const bare = startChild('bare/insert', {
        BROKERS: playground.kafka.brokers.join(','),
        FROM: resolved,
        GROUP: bareGroup,
        DATABASE: playground.postgres.databaseUrl('delivery', 'migration'),
      });
      rounds.bare.push(
        await progressOf(admin, bareGroup, resolved, records, () => ({ process: bare.pid, ...servers })),
      );
      await bare.stop();
      await database.query('TRUNCATE notification, decision, delivery, attempt, outbox');
      await rewind(admin, group, resolved);
      await delivery.start();
      rounds.ours.push(
        await progressOf(admin, group, resolved, records, () => ({ process: delivery.pid, ...servers })),
      );
      await delivery.stop();
    }
    yield { ...compareProgress('ingest', 'deliveries/s', rounds), records };
  } finally {
    await Promise.allSettled([admin.disconnect(), database.end()]);
    await playground.stop();
  }
}

export function resolvedNotification(n: number): object {
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
