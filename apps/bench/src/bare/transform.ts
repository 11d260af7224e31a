// The baseline of `resolution`: kafkajs alone, consume → parse → stringify → produce → commit.
import { Kafka, logLevel } from 'kafkajs';

const { BROKERS = '', FROM = '', TO = '', GROUP = '' } = process.env;
const kafka = new Kafka({ brokers: BROKERS.split(','), clientId: 'bare', logLevel: logLevel.NOTHING });
const producer = kafka.producer({ allowAutoTopicCreation: false });
const consumer = kafka.consumer({ groupId: GROUP, maxWaitTimeInMs: 250 });

await Promise.all([producer.connect(), consumer.connect()]);
await consumer.subscribe({ topic: FROM, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  eachBatch: async (payload) => {
    const { batch } = payload;
    for (let begin = 0; begin < batch.messages.length; begin += 1_000) {
      const part = batch.messages.slice(begin, begin + 1_000);
      await producer.send({
        topic: TO,
        acks: -1,
        messages: part.map(({ key, value, headers }) => ({
          key,
          value: JSON.stringify(JSON.parse(String(value))),
          headers: headers ?? {},
        })),
      });
      const last = part.at(-1)!.offset;
      payload.resolveOffset(last);
      await payload.commitOffsetsIfNecessary({
        topics: [{ topic: FROM, partitions: [{ partition: batch.partition, offset: String(BigInt(last) + 1n) }] }],
      });
    }
  },
});
process.on(
  'SIGTERM',
  () => void Promise.all([consumer.disconnect(), producer.disconnect()]).then(() => process.exit(0)),
);
