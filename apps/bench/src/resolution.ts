// requested → resolved, through the service and through a bare loop, in turn over the same prefilled topic.
import { kafkaClient, startPlayground } from '@carillon/playground';
import pg from 'pg';
import { startChild } from './child-process.ts';
import { prefillRequests, prefillTenant, requested } from './prefill.ts';
import { compareProgress, progressOf, rewind, type Progress } from './progress-of-group.ts';
import type { Figure } from './report.ts';

const records = 100_000;
const roundCount = 3;
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
    await prefillTenant(kafka, 'active');
    await preferences.stop();
    await prefillRequests(kafka, records, 'k');
    await admin.createTopics({ topics: [{ topic: 'bare.resolved', numPartitions: 12 }] });
    const servers = { postgres: playground.postgres.pid, kafka: playground.kafka.pid };
    const rounds = { ours: [] as Progress[], bare: [] as Progress[] };
    for (let round = 0; round < roundCount; round++) {
      const bareGroup = `bare-${round}`;
      const bare = startChild('bare/transform', {
        BROKERS: playground.kafka.brokers.join(','),
        FROM: requested,
        TO: 'bare.resolved',
        GROUP: bareGroup,
      });
      rounds.bare.push(
        await progressOf(admin, bareGroup, requested, records, () => ({ process: bare.pid, kafka: servers.kafka })),
      );
      await bare.stop();
      await rewind(admin, group, requested);
      // Each round reads the same records: their ids are to be new to it, as they are mostly.
      await database.query('TRUNCATE request_digest');
      await preferences.start();
      rounds.ours.push(
        await progressOf(admin, group, requested, records, () => ({ process: preferences.pid, ...servers })),
      );
      await preferences.stop();
    }
    yield { ...compareProgress('resolution', 'notifications/s', rounds), records };
  } finally {
    await Promise.all([admin.disconnect(), database.end()]);
    await playground.stop();
  }
}
