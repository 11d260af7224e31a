// Creates the declared topics that the broker lacks, or verifies that none is missing. Guarantees: an existing topic is
// never changed, its differences are returned as drift; several services may run it at the same moment; where every
// topic exists it takes one metadata request and one configuration request; when it returns, every topic can be
// written.
import type { Topic } from '@carillon/domain';
import { wait } from '../backoff.ts';
import { MessagingError } from '../errors.ts';
import type { Admin } from '../kafka/client.ts';
import type { KafkaConfig } from '../kafka/config.ts';
import { connectKafka, unlimitedRetry } from '../kafka/connect.ts';
import { settingsOf, type TopicSettings } from './topic-settings.ts';

/** A setting on the broker that differs from the declaration. */
export interface Drift {
  topic: string;
  /** `partitions`, or Kafka's name of the configuration. */
  setting: string;
  expected: string;
  actual: string;
}

export interface EnsureOptions {
  /** Default: 3, or as many as there are brokers. */
  replicationFactor?: number;
  /** Topics that declare more partitions get this many. Default: as declared. */
  maxPartitions?: number;
  /** How long Kafka may be away before this gives up. Default 60,000. */
  timeoutMs?: number;
}

export async function ensureTopics(
  config: KafkaConfig,
  topics: readonly Topic[],
  mode: 'create' | 'verify',
  options: EnsureOptions = {},
): Promise<Drift[]> {
  const wanted = settingsOf(topics, options.maxPartitions);
  const deadline = Date.now() + (options.timeoutMs ?? 60_000);
  const admin = connectKafka(config, { ...unlimitedRetry, retries: 3 }).admin();
  try {
    await connected(admin, config, deadline);
    let present = await partitionsOf(admin);
    const missing = wanted.filter(({ name }) => !present.has(name));
    if (missing.length > 0) {
      if (mode === 'verify') {
        const names = missing.map(({ name }) => name).join(', ');
        throw new MessagingError(
          'topics_missing',
          `these topics do not exist: ${names}. Create them, or set KAFKA_TOPICS=create`,
        );
      }
      await create(admin, missing, options.replicationFactor);
      present = await untilElected(admin, wanted, deadline);
    }
    return await driftOf(admin, wanted, present);
  } finally {
    await admin.disconnect();
  }
}

async function connected(admin: Admin, { brokers }: KafkaConfig, deadline: number): Promise<void> {
  for (;;) {
    try {
      return await admin.connect();
    } catch (error) {
      if (Date.now() > deadline)
        throw new MessagingError(
          'broker_unavailable',
          `Kafka at ${brokers.join(', ')} does not answer`,
          'later',
          error,
        );
      await wait(500);
    }
  }
}

/**
 * The partition counts of topics whose partitions all have a leader. It requests all topics, because Kafka answers a
 * request that names a missing one with an error.
 */
async function partitionsOf(admin: Admin): Promise<Map<string, number>> {
  const { topics } = await admin.fetchTopicMetadata();
  return new Map(
    topics
      .filter(({ partitions }) => partitions.every(({ leader }) => leader >= 0))
      .map(({ name, partitions }) => [name, partitions.length]),
  );
}

async function create(admin: Admin, missing: TopicSettings[], replicationFactor: number | undefined): Promise<void> {
  const replicas = replicationFactor ?? Math.min(3, (await admin.describeCluster()).brokers.length);
  const durable: Record<string, string> = replicas >= 3 ? { 'min.insync.replicas': '2' } : {};
  await admin.createTopics({
    // Leaders are awaited for all topics together; the client would ask for each topic.
    waitForLeaders: false,
    timeout: 30_000,
    topics: missing.map(({ name, partitions, configs }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: replicas,
      configEntries: Object.entries({ ...configs, ...durable }).map(([key, value]) => ({ name: key, value })),
    })),
  });
}

async function untilElected(admin: Admin, wanted: TopicSettings[], deadline: number): Promise<Map<string, number>> {
  for (;;) {
    const present = await partitionsOf(admin).catch(() => new Map<string, number>());
    const waiting = wanted.filter(({ name }) => !present.has(name));
    if (waiting.length === 0) return present;
    if (Date.now() > deadline) {
      throw new MessagingError(
        'topics_missing',
        `these topics have no leader yet: ${waiting.map(({ name }) => name).join(', ')}`,
        'later',
      );
    }
    await wait(50);
  }
}

async function driftOf(admin: Admin, wanted: TopicSettings[], present: Map<string, number>): Promise<Drift[]> {
  const drift: Drift[] = [];
  const settings = await admin.describeTopicConfigs(
    wanted.map(({ name, configs }) => ({ name, configNames: Object.keys(configs) })),
  );
  for (const { name, partitions, configs } of wanted) {
    const count = present.get(name);
    if (count !== undefined && count !== partitions)
      drift.push({ topic: name, setting: 'partitions', expected: String(partitions), actual: String(count) });
    const entries = settings.get(name) ?? [];
    for (const [setting, expected] of Object.entries(configs)) {
      const actual = entries.find((entry) => entry.name === setting)?.value;
      if (actual !== undefined && actual !== expected) drift.push({ topic: name, setting, expected, actual });
    }
  }
  return drift;
}
