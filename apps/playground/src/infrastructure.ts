// Kafka and PostgreSQL: servers of our own, or those that KAFKA_BROKERS and DATABASE_URL name, which are used and left
// alone.
import { CannotStart } from './cannot-start.ts';
import type { DataFolder } from './data-folder.ts';
import { brokerAnswers } from './kafka/broker-answers.ts';
import { startKafka, type KafkaServer } from './kafka/start-kafka.ts';
import type { Ports } from './ports.ts';
import { startPostgres, type PostgresServer } from './postgres/start-postgres.ts';
import type { Keeper } from './processes/process-ledger.ts';
import type { Progress } from './progress.ts';

export async function provideKafka(options: {
  brokers?: readonly string[];
  ports: Ports;
  folder: DataFolder;
  keeper: Keeper;
  progress: Progress;
  signal: AbortSignal;
}): Promise<KafkaServer> {
  const { brokers, ports, folder, keeper, progress, signal } = options;
  if (!brokers) {
    return startKafka({
      port: ports.kafka,
      controllerPort: ports['kafka controller'],
      dataDir: folder.kafka,
      logFile: folder.logOf('kafka'),
      keeper,
      progress,
      signal,
    });
  }
  try {
    await brokerAnswers(brokers);
  } catch (cause) {
    throw new CannotStart(
      `Kafka at ${brokers.join(',')} (KAFKA_BROKERS) does not answer: ${(cause as Error).message}`,
      { cause },
    );
  }
  return {
    brokers: [...brokers],
    dataDir: '',
    logFile: '',
    pid: undefined,
    stop: () => notOurs('Kafka'),
    start: () => notOurs('Kafka'),
  };
}

export async function providePostgres(options: {
  url?: string;
  ports: Ports;
  folder: DataFolder;
  keeper: Keeper;
  password: string;
  durable: boolean;
  signal: AbortSignal;
}): Promise<PostgresServer> {
  const { url, ports, folder, keeper, password, durable, signal } = options;
  if (!url)
    return startPostgres({
      port: ports.postgres,
      dataDir: folder.postgres,
      logFile: folder.logOf('postgres'),
      password,
      durable,
      keeper,
      signal,
    });
  return {
    url,
    dataDir: '',
    logFile: '',
    pid: undefined,
    stop: () => notOurs('PostgreSQL'),
    start: () => notOurs('PostgreSQL'),
  };
}

function notOurs(name: string): Promise<never> {
  return Promise.reject(
    new CannotStart(`This ${name} is not the playground's own; it is neither stopped nor started.`),
  );
}
