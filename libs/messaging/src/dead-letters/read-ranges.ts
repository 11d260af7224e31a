// Reads ranges of topics once, in a consumer group that it deletes afterwards. Guarantees: it ends by itself, also
// where a partition ends in something other than a record; it keeps no record in memory: each is passed to `visit`.
import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from '../kafka/client.ts';
import type { KafkaRecord } from '../records/kafka-record.ts';

export interface Range {
  topic: string;
  partition: number;
  /** The first offset that is read. */
  from: bigint;
  /** The first offset that is not read any more. */
  to: bigint;
}

export interface ReadRecord {
  topic: string;
  partition: number;
  message: KafkaRecord;
}

/** After so many fetches in a row without a record, what remains of the ranges holds no record. */
const emptyFetches = 10;

/** The ranges of everything that these topics hold now. */
export async function wholeTopics(admin: Admin, topics: readonly string[]): Promise<Range[]> {
  const offsets = await Promise.all(
    topics.map(async (topic) => ({ topic, partitions: await admin.fetchTopicOffsets(topic) })),
  );
  return offsets.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, low, high }) => ({ topic, partition, from: BigInt(low), to: BigInt(high) })),
  );
}

export async function readRanges(
  kafka: Kafka,
  admin: Admin,
  ranges: readonly Range[],
  visit: (record: ReadRecord) => void,
): Promise<void> {
  const open = new Map(
    ranges.filter(({ from, to }) => from < to).map((range) => [`${range.topic}/${range.partition}`, range]),
  );
  if (open.size === 0) return;
  const topics = [...new Set([...open.values()].map(({ topic }) => topic))];
  const group = `carillon.reader.${randomUUID()}`;
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 100 });
  try {
    await new Promise<void>((resolve, reject) => {
      let fetches = 0;
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        for (const [topic, partitions] of Object.entries(payload.memberAssignment)) {
          for (const partition of partitions) {
            const range = open.get(`${topic}/${partition}`);
            if (range) consumer.seek({ topic, partition, offset: range.from.toString() });
            else consumer.pause([{ topic, partitions: [partition] }]);
          }
        }
      });
      consumer.on(consumer.events.FETCH, () => {
        if (++fetches > emptyFetches) resolve();
      });
      const start = async (): Promise<void> => {
        await consumer.connect();
        await consumer.subscribe({ topics, fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachBatch: ({ batch }) => {
            fetches = 0;
            const { topic, partition } = batch;
            const id = `${topic}/${partition}`;
            const range = open.get(id);
            if (!range) return Promise.resolve();
            for (const message of batch.messages) {
              const offset = BigInt(message.offset);
              if (offset >= range.from && offset < range.to) visit({ topic, partition, message });
            }
            if (BigInt(batch.lastOffset()) + 1n >= range.to) {
              open.delete(id);
              consumer.pause([{ topic, partitions: [partition] }]);
            }
            if (open.size === 0) resolve();
            return Promise.resolve();
          },
        });
      };
      start().catch(reject);
    });
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([group]).catch(() => undefined);
  }
}
