// Kafka and PostgreSQL: started here, or existing servers that KAFKA_BROKERS and DATABASE_URL name, which are neither
// started nor stopped.
import { CannotStart } from './cannot-start.ts';
import type { DataFolder } from './data-folder.ts';
import { brokerAnswers } from './kafka/broker-answers.ts';
import { startKafka, type KafkaServer } from './kafka/start-kafka.ts';
import type { Ports } from './ports.ts';
import { startPostgres, type PostgresServer } from './postgres/start-postgres.ts';
import type { ProcessRegistry } from './processes/process-ledger.ts';
import type { Progress } from './progress.ts';

export async function provideKafka(options: {
  brokers?: readonly string[];
  ports: Ports;
  folder: DataFolder;
  registry: ProcessRegistry;
  progress: Progress;
  signal: AbortSignal;
}): Promise<KafkaServer> {
  const { brokers, ports, folder, registry, progress, signal } = options;
  if (!brokers) {
    return startKafka({
      port: ports.kafka,
      controllerPort: ports['kafka controller'],
      dataDir: folder.kafka,
      logFile: folder.logOf('kafka'),
      registry,
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
    stop: () => notStartedHere('Kafka'),
    start: () => notStartedHere('Kafka'),
  };
}

export async function providePostgres(options: {
  url?: string;
  ports: Ports;
  folder: DataFolder;
  registry: ProcessRegistry;
  password: string;
  durable: boolean;
  signal: AbortSignal;
}): Promise<PostgresServer> {
  const { url, ports, folder, registry, password, durable, signal } = options;
  if (!url)
    return startPostgres({
      port: ports.postgres,
      dataDir: folder.postgres,
      logFile: folder.logOf('postgres'),
      password,
      durable,
      registry,
      signal,
    });
  return {
    url,
    dataDir: '',
    logFile: '',
    pid: undefined,
    stop: () => notStartedHere('PostgreSQL'),
    start: () => notStartedHere('PostgreSQL'),
  };
}

function notStartedHere(name: string): Promise<never> {
  return Promise.reject(
    new CannotStart(`This ${name} is not the playground's own; it is neither stopped nor started.`),
  );
}
