// requested → resolved, through the service and through a bare loop, in turn over the same prefilled topic.
import { kafkaClient, startPlayground } from '@carillon/playground';
import pg from 'pg';
import { startBare } from './bare-process.ts';
import { content, installation, member, prefill, slackUser } from './prefill.ts';
import { rateOf, rewind } from './progress-of-group.ts';
import { figure, median, type Figure } from './report.ts';

const records = 100_000;
const rounds = 3;
const requested = 'carillon.notification.requested.v1';
const group = 'carillon.preferences';

export async function* resolutionBench(): AsyncIterable<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    services: ['preferences'],
    durable: false,
    env: { preferences: { LOG_LEVEL: 'warn', QUOTA_REQUESTS_PER_SECOND: '1000000', QUOTA_BURST: '1000000' } },
  });
  const kafka = kafkaClient(playground.kafka.brokers, 'bench');
  const admin = kafka.admin();
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('preferences', 'migration') });
  try {
    await Promise.all([admin.connect(), database.connect()]);
    const preferences = playground.service('preferences');
    await prefill(kafka, 'carillon.installation.changed.v1', 1, () => ({
      key: 'bench',
      id: 'i',
      source: '/bench',
      data: installation,
    }));
    await prefill(kafka, 'carillon.recipient.changed.v1', 1_000, (n) => ({
      key: `acme:${member(n)}`,
      id: `r${n}`,
      source: '/bench',
      data: {
        tenantId: 'acme',
        memberId: member(n),
        email: `${member(n)}@acme.test`,
        name: `Member ${n}`,
        active: true,
        version: 1,
        links: [{ installationId: 'bench', status: 'matched', teamId: 'T0BENCH', slackUserId: slackUser(n) }],
      },
    }));
    await preferences.stop();
    await prefill(kafka, requested, records, (n) => ({
      key: `k${n}`,
      id: `k${n}`,
      source: '/bench',
      data: { tenantId: 'acme', type: 'report.ready', to: [{ member: member(n) }], ...content(n) },
    }));
    await admin.createTopics({ topics: [{ topic: 'bare.resolved', numPartitions: 12 }] });
    const rates = { ours: [] as number[], bare: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      const bareGroup = `bare-${round}`;
      const stopBare = startBare('transform', {
        BROKERS: playground.kafka.brokers.join(','),
        FROM: requested,
        TO: 'bare.resolved',
        GROUP: bareGroup,
      });
      rates.bare.push(await rateOf(admin, bareGroup, requested, records));
      await stopBare();
      await rewind(admin, group, requested);
      // Each round reads the same records: their ids are to be new to it, as they are mostly.
      await database.query('TRUNCATE request_digest');
      await preferences.start();
      rates.ours.push(await rateOf(admin, group, requested, records));
      await preferences.stop();
    }
    yield figure('resolution', median(rates.ours), median(rates.bare), 'notifications/s', 'more', {
      rounds: rates,
      records,
    });
  } finally {
    await Promise.all([admin.disconnect(), database.end()]);
    await playground.stop();
  }
}
