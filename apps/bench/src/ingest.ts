// resolved → ledger rows, through the service and through a bare insert, in turn over the same prefilled topic. The
// deliveries belong to an installation that is lost, so nothing is sent; the queues are read and kept all the same.
import pg from 'pg';
import { notificationIdOf } from '@carillon/domain/ids';
import { partitionOf } from '@carillon/messaging';
import { kafkaClient, startPlayground } from '@carillon/playground';
import { startBare } from './bare-process.ts';
import { content, installation, member, prefill, slackUser } from './prefill.ts';
import { rateOf, rewind } from './progress-of-group.ts';
import { figure, median, type Figure } from './report.ts';

const records = 60_000;
const rounds = 3;
const resolved = 'carillon.notification.resolved.v1';
const group = 'carillon.delivery';

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
    await prefill(kafka, 'carillon.installation.changed.v1', 1, () => ({
      key: 'bench',
      id: 'i',
      source: '/bench',
      data: { ...installation, state: 'lost' },
    }));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await delivery.stop();
    await prefill(kafka, resolved, records, (n) => ({
      key: null,
      partition: partitionOf(`member:${member(n)}`, 12),
      id: `d${n}`,
      source: '/carillon/preferences',
      data: resolvedNotification(n),
    }));
    const rates = { ours: [] as number[], bare: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      const bareGroup = `bare-${round}`;
      await database.query('DROP TABLE IF EXISTS bare_delivery');
      const stopBare = startBare('insert', {
        BROKERS: playground.kafka.brokers.join(','),
        FROM: resolved,
        GROUP: bareGroup,
        DATABASE: playground.postgres.databaseUrl('delivery', 'migration'),
      });
      rates.bare.push(await rateOf(admin, bareGroup, resolved, records));
      await stopBare();
      await database.query('TRUNCATE notification, decision, delivery, attempt, outbox');
      await rewind(admin, group, resolved);
      await delivery.start();
      rates.ours.push(await rateOf(admin, group, resolved, records));
      await delivery.stop();
    }
    yield figure('ingest', median(rates.ours), median(rates.bare), 'deliveries/s', 'more', { rounds: rates, records });
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
