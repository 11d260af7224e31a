// resolved → ledger rows, through the service and through a bare insert, in turn over the same prefilled topic. The
// deliveries belong to an installation that is lost, so nothing is sent; the queues are read and kept all the same.
import { startChild } from './child-process.ts';
import { compareProgress, progressOf, type Progress } from './progress-of-group.ts';
import type { Figure } from './report.ts';
import { records, resolved, withResolvedTopic, type ResolvedTopic } from './resolved-topic.ts';

const roundCount = 3;

export const ingestBench = (): AsyncIterable<Figure> => withResolvedTopic(measure);

async function* measure({ playground, admin, database, servers, ingested }: ResolvedTopic): AsyncIterable<Figure> {
  const rounds = { ours: [] as Progress[], bare: [] as Progress[] };
  for (let round = 0; round < roundCount; round++) {
    const group = `bare-${round}`;
    await database.query('DROP TABLE IF EXISTS bare_delivery');
    const bare = startChild('bare/insert', {
      BROKERS: playground.kafka.brokers.join(','),
      FROM: resolved,
      GROUP: group,
      DATABASE: playground.postgres.databaseUrl('delivery', 'migration'),
    });
    rounds.bare.push(await progressOf(admin, group, resolved, records, () => ({ process: bare.pid, ...servers })));
    await bare.stop();
    await database.query('TRUNCATE notification, decision, delivery, attempt, outbox');
    rounds.ours.push(await ingested());
  }
  yield { ...compareProgress('ingest', 'deliveries/s', rounds), records };
}
