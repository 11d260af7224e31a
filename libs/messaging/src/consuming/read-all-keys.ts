// Reads the key of every record that a compacted topic holds, from its start to its end, without a lasting consumer
// group. Guarantees: it resolves only when everything up to the end of each partition was read, the end that was found
// after the first pass included; a log that ends in control records is read to its end too. Where a partition makes no
// progress for a minute it rejects, as it does where a batch cannot be read, so that a part of a topic is never taken
// for the whole. Memory does not grow with the topic.
import { randomUUID } from 'node:crypto';
import type { Topic } from '@carillon/domain';
import { MessagingError } from '../errors.ts';
import type { Admin, Consumer } from '../kafka/client.ts';
import type { KafkaConfig } from '../kafka/config.ts';
import { connectKafka, unlimitedRetry } from '../kafka/connect.ts';
import { wait } from '../backoff.ts';

const leaveMs = 5_000;

export interface ReadAllKeysOptions {
  signal: AbortSignal;
  /** Gets the keys of one fetch at a time; a key comes as often as it has records. */
  onKeys: (keys: string[]) => Promise<void>;
  /** Without any progress for so long it gives up. Default 60,000. */
  stalledAfterMs?: number;
}

export async function readAllKeys(config: KafkaConfig, topic: Topic, options: ReadAllKeysOptions): Promise<void> {
  const kafka = connectKafka(config, unlimitedRetry);
  const admin = kafka.admin();
  const groupId = `${config.clientId}.keys.${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 250 });
  try {
    await admin.connect();
    await readToEnd(consumer, admin, topic, options);
  } finally {
    // Leaving waits for onKeys, which may never return.
    const left = new AbortController();
    await Promise.race([consumer.disconnect().catch(() => undefined), wait(leaveMs, left.signal)]);
    left.abort();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect().catch(() => undefined);
  }
}

async function readToEnd(
  consumer: Consumer,
  admin: Admin,
  topic: Topic,
  { signal, onKeys, stalledAfterMs = 60_000 }: ReadAllKeysOptions,
): Promise<void> {
  /** Next offset to read, by partition. */
  const positions = new Map<number, bigint>();
  let ends = await endsOf(admin, topic);
  if (ends.size === 0) return;
  let progressAt = Date.now();
  let crash: Error | undefined;
  let unreadable: MessagingError | undefined;
  consumer.on(consumer.events.CRASH, ({ payload }) => (crash = payload.error));
  // The event comes for batches that hold only control records too.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    positions.set(partition, BigInt(lastOffset) + 1n);
    progressAt = Date.now();
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic.name], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const { fault, offset } = batch.messages.find((message) => message.fault !== undefined) ?? {};
      if (fault)
        unreadable ??= new MessagingError(
          'unreadable_records',
          `${topic.name}/${batch.partition} has records at ${offset} that cannot be read: ${fault.detail}`,
        );
      await onKeys(batch.messages.flatMap(({ key }) => (key === null ? [] : key.toString())));
    },
  });
  for (let pass = 1; pass <= 2; pass++) {
    while ([...ends].some(([partition, end]) => (positions.get(partition) ?? 0n) < end)) {
      signal.throwIfAborted();
      if (unreadable ?? crash) throw (unreadable ?? crash)!;
      if (Date.now() - progressAt > stalledAfterMs) {
        throw new MessagingError('broker_unavailable', `${topic.name} could not be read to its end`, 'later');
      }
      await wait(50);
    }
    if (unreadable) throw unreadable;
    // A record that compaction removed during the first pass was replaced by one that the second pass reads.
    ends = await endsOf(admin, topic);
  }
}

/** Of partitions that hold something. */
async function endsOf(admin: Admin, topic: Topic): Promise<Map<number, bigint>> {
  const offsets = await admin.fetchTopicOffsets(topic.name);
  return new Map(
    offsets
      .filter(({ high, low }) => BigInt(high) > BigInt(low))
      .map(({ partition, high }) => [partition, BigInt(high)]),
  );
}
