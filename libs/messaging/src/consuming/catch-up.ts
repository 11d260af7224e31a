// When a service knows enough to begin: its state group has committed everything that lay in its topics at the start.
// Promises: nothing to read takes two requests; other processes' commits count (they share the database); a log that
// ends in something that is no record (a compacted tail, a transaction's marker) doesn't hold anybody up for ever.
import { createLogger } from '@carillon/telemetry';
import type { Admin } from '../kafka/client.ts';
import { backoffMs, wait } from './backoff.ts';
import type { BatchConsumer } from './batch-consumer.ts';

type Marks = Map<string, bigint>;

const pollMs = 100;
const quietMs = 1_500;
const log = createLogger('consumer');

/** Resolves when the group has caught up; rejects only when `signal` is aborted. */
export async function caughtUpWith(admin: Admin, consumer: BatchConsumer, signal: AbortSignal): Promise<void> {
  const topics = consumer.topics.map(({ name }) => name);
  const startedAt = Date.now();
  const marks = await patiently(() => ends(admin, topics), signal);
  while (marks.size > 0) {
    const committed = await patiently(() => admin.fetchOffsets({ groupId: consumer.group, topics }), signal);
    for (const { topic, partitions } of committed) {
      for (const { partition, offset } of partitions) {
        const place = `${topic}/${partition}`;
        const end = marks.get(place);
        if (end !== undefined && BigInt(offset) >= end) marks.delete(place);
      }
    }
    if (marks.size > 0 && consumer.idleFor(quietMs) && [...marks.keys()].every((place) => holds(consumer, place))) {
      log.info(
        { group: consumer.group, partitions: [...marks.keys()] },
        'nothing is left to read before the end of these partitions',
      );
      break;
    }
    if (marks.size > 0) await wait(pollMs, signal);
    signal.throwIfAborted();
  }
  log.info({ group: consumer.group, ms: Date.now() - startedAt }, 'caught up');
}

async function ends(admin: Admin, topics: string[]): Promise<Marks> {
  const marks: Marks = new Map();
  await Promise.all(
    topics.map(async (topic) => {
      for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
        if (BigInt(high) > BigInt(low)) marks.set(`${topic}/${partition}`, BigInt(high));
      }
    }),
  );
  return marks;
}

function holds(consumer: BatchConsumer, place: string): boolean {
  const slash = place.lastIndexOf('/');
  return consumer.assigned(place.slice(0, slash)).includes(Number(place.slice(slash + 1)));
}

async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      log.warn({ err: error, attempt }, 'Kafka does not say how far its topics reach, trying again');
      await wait(backoffMs(attempt, 2_000), signal);
    }
  }
}
