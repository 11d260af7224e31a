// How fast one relay empties an outbox, against a bare producer with the same records. What delivery writes there is
// one outcome for each delivery, so the relay has to keep up with what one database can send.
import pg from 'pg';
import { kafkaClient, until } from '@carillon/playground';
import { numberOf } from './ledger.ts';
import { prefill } from './prefill.ts';
import { startDeliveryAlone } from './resolved-topic.ts';
import { figure, median, type Figure } from './report.ts';

const records = 100_000;
const roundCount = 3;
const topic = 'carillon.notification.outcome.v1';
/** About the size of an outcome. */
const value = { padding: 'x'.repeat(600) };

export async function* outboxBench(): AsyncIterable<Figure> {
  const playground = await startDeliveryAlone();
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery', 'migration') });
  try {
    await database.connect();
    const delivery = playground.service('delivery');
    const rates = { ours: [] as number[], bare: [] as number[] };
    for (let round = 0; round < roundCount; round++) {
      const bareBegun = performance.now();
      await prefill(kafkaClient(playground.kafka.brokers, 'bench'), topic, records, (n) => ({
        key: `k${n}`,
        id: `bare-${n}`,
        source: '/bench',
        data: value,
      }));
      rates.bare.push((records * 1_000) / (performance.now() - bareBegun));
      await delivery.stop();
      await database.query(
        `INSERT INTO outbox (topic, key, value, headers)
         SELECT '${topic}', convert_to('k' || n, 'UTF8'), convert_to('${JSON.stringify(value)}', 'UTF8'),
                jsonb_build_object('ce_specversion', '1.0', 'ce_id', 'o' || n, 'ce_source', '/bench', 'ce_type', '${topic}', 'content-type', 'application/json')
           FROM generate_series(1, ${records}) AS n`,
      );
      await database.query('VACUUM ANALYZE outbox');
      const left = (): Promise<number> => numberOf(database, 'SELECT count(*)::integer AS n FROM outbox');
      await delivery.start();
      await until('the relay at work', async () => (await left()) < records, { timeoutMs: 30_000, everyMs: 5 });
      const [begun, from] = [performance.now(), await left()];
      await until('an empty outbox', async () => (await left()) === 0, { timeoutMs: 120_000, everyMs: 50 });
      rates.ours.push((from * 1_000) / (performance.now() - begun));
      await delivery.waitReady();
    }
    yield figure('outbox', median(rates.ours), median(rates.bare), 'records/s', 'more', {
      goal: 'ours well above the deliveries/s of one database (docs/scale.md)',
      rounds: rates,
    });
  } finally {
    await database.end();
    await playground.stop();
  }
}
