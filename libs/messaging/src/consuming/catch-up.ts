// Waits until a consumer group has committed everything that its topics held at the start. Guarantees: a topic without
// records takes two requests; commits of other processes of the group count, since they share the database; a partition
// that ends in something other than a record (a compacted tail, the marker of a transaction) does not make it wait for
// ever. It rejects only when the signal is aborted: while Kafka does not answer, it asks again.
import { createLogger } from '@carillon/telemetry';
import type { Admin } from '../kafka/client.ts';
import type { KafkaConfig } from '../kafka/config.ts';
import { connectKafka, unlimitedRetry } from '../kafka/connect.ts';
import { backoffMs, wait } from '../backoff.ts';
import type { BatchConsumer } from './batch-consumer.ts';

/** The end offset by `topic/partition`. */
type Ends = Map<string, bigint>;

const pollMs = 100;
const idleMs = 1_500;
const log = createLogger('consumer');

/** Of a group of other processes only its name and its topics are known: then what it commits counts. */
export type CatchingUp = Pick<BatchConsumer, 'group' | 'topics'> & Partial<Pick<BatchConsumer, 'idleFor' | 'assigned'>>;

export async function untilCaughtUp(config: KafkaConfig, consumer: CatchingUp, signal: AbortSignal): Promise<void> {
  const admin = connectKafka(config, unlimitedRetry).admin();
  const disconnect = (): void => void admin.disconnect().catch(() => undefined);
  // A connection attempt does not end by itself while Kafka is away.
  signal.addEventListener('abort', disconnect, { once: true });
  try {
    await admin.connect();
    await untilCommitted(admin, consumer, signal);
  } finally {
    signal.removeEventListener('abort', disconnect);
    disconnect();
  }
}

async function untilCommitted(admin: Admin, consumer: CatchingUp, signal: AbortSignal): Promise<void> {
  const topics = consumer.topics.map(({ name }) => name);
  const startedAt = Date.now();
  const ends = await withRetry(() => endsOf(admin, topics), signal);
  while (ends.size > 0) {
    const committed = await withRetry(() => admin.fetchOffsets({ groupId: consumer.group, topics }), signal);
    for (const { topic, partitions } of committed) {
      for (const { partition, offset } of partitions) {
        const place = `${topic}/${partition}`;
        const end = ends.get(place);
        if (end !== undefined && BigInt(offset) >= end) ends.delete(place);
      }
    }
    if (ends.size > 0 && consumer.idleFor?.(idleMs) && [...ends.keys()].every((place) => isAssigned(consumer, place))) {
      log.info(
        { group: consumer.group, partitions: [...ends.keys()] },
        'nothing is left to read before the end of these partitions',
      );
      break;
    }
    if (ends.size > 0) await wait(pollMs, signal);
    signal.throwIfAborted();
  }
  log.info({ group: consumer.group, ms: Date.now() - startedAt }, 'caught up');
}

async function endsOf(admin: Admin, topics: string[]): Promise<Ends> {
  const ends: Ends = new Map();
  await Promise.all(
    topics.map(async (topic) => {
      for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
        if (BigInt(high) > BigInt(low)) ends.set(`${topic}/${partition}`, BigInt(high));
      }
    }),
  );
  return ends;
}

function isAssigned(consumer: CatchingUp, place: string): boolean {
  const slash = place.lastIndexOf('/');
  return consumer.assigned?.(place.slice(0, slash)).includes(Number(place.slice(slash + 1))) ?? false;
}

async function withRetry<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      log.warn({ err: error, attempt }, 'Kafka does not answer where its topics end, trying again');
      await wait(backoffMs(attempt, 2_000), signal);
    }
  }
}
