// Kafka and PostgreSQL for the integration specs: on free ports, without fsync, and removed at the end.
import { randomBytes } from 'node:crypto';
import { DataFolder } from '../data-folder.ts';
import { startKafka, type KafkaServer } from '../kafka/start-kafka.ts';
import { startPostgres, type PostgresServer } from '../postgres/start-postgres.ts';
import type { Progress } from '../progress.ts';

export interface TestServers {
  env: Record<string, string>;
  stop(): Promise<void>;
}

export async function startTestServers(progress: Progress, signal: AbortSignal): Promise<TestServers> {
  const folder = DataFolder.forThisRun();
  let kafka: KafkaServer | undefined;
  let postgres: PostgresServer | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([kafka?.stop(), postgres?.stop('immediate')]);
    folder.discard();
  };
  const results = await Promise.allSettled([
    progress.step('Kafka', async () => {
      kafka = await startKafka({ dataDir: folder.kafka, logFile: folder.logOf('kafka'), progress, signal });
    }),
    progress.step('PostgreSQL', async () => {
      const password = randomBytes(16).toString('hex');
      postgres = await startPostgres({
        dataDir: folder.postgres,
        logFile: folder.logOf('postgres'),
        password,
        durable: false,
        signal,
      });
    }),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed || !kafka || !postgres) {
    await stop();
    throw failed?.reason ?? new Error('The servers did not start');
  }
  return { env: { TEST_KAFKA_BROKERS: kafka.brokers.join(','), TEST_DATABASE_URL: postgres.url }, stop };
}
