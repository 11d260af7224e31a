// Reading short topics from their start to their present end, once, without a lasting consumer group.
// Promises: leaves nothing behind on the broker; ends by itself, also where the tail of a log holds no record.
import { randomUUID } from 'node:crypto';
import type { Admin, Kafka, KafkaMessage } from 'kafkajs';

export interface ReadRecord {
  topic: string;
  partition: number;
  message: KafkaMessage;
}

/** Fetches in a row without a record, after which what remains of a log is taken for no record. */
const emptyFetches = 10;

export async function readTopics(kafka: Kafka, admin: Admin, topics: readonly string[]): Promise<ReadRecord[]> {
  const open = new Map<string, bigint>();
  await Promise.all(
    topics.map(async (topic) => {
      for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
        if (BigInt(high) > BigInt(low)) open.set(`${topic}/${partition}`, BigInt(high));
      }
    }),
  );
  if (open.size === 0) return [];
  const wanted = topics.filter((topic) => [...open.keys()].some((place) => place.startsWith(`${topic}/`)));
  const group = `carillon.reader.${randomUUID()}`;
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 100, allowAutoTopicCreation: false });
  const read: ReadRecord[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      let fetches = 0;
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer.on(consumer.events.FETCH, () => {
        if (++fetches > emptyFetches) resolve();
      });
      const start = async (): Promise<void> => {
        await consumer.connect();
        await consumer.subscribe({ topics: wanted, fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachBatch: ({ batch }) => {
            fetches = 0;
            const { topic, partition } = batch;
            const end = open.get(`${topic}/${partition}`);
            if (end === undefined) return Promise.resolve();
            for (const message of batch.messages) if (BigInt(message.offset) < end) read.push({ topic, partition, message });
            if (BigInt(batch.lastOffset()) + 1n >= end) open.delete(`${topic}/${partition}`);
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
  return read.sort((a, b) => topics.indexOf(a.topic) - topics.indexOf(b.topic) || a.partition - b.partition || Number(a.message.offset) - Number(b.message.offset));
}
