// A producer without our checks, for specs: it writes any record, compressed or not.
import kafkajs, { type Message } from 'kafkajs';
import { kafkajsClient } from '../kafka/clients/kafkajs/connect-kafkajs.ts';
import { unlimitedRetry } from '../kafka/retry-policy.ts';
import { testKafka } from './broker.ts';

/** Returns the offset of the first record. All go to the partitions that they name, or to partition 0. */
export async function sendForeign(
  topic: string,
  messages: Message[],
  options: { gzip?: boolean } = {},
): Promise<string> {
  const producer = kafkajsClient(testKafka(), unlimitedRetry).producer({
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  });
  await producer.connect();
  try {
    const [first] = await producer.send({
      topic,
      messages,
      acks: -1,
      ...(options.gzip ? { compression: kafkajs.CompressionTypes.GZIP } : {}),
    });
    return first!.baseOffset!;
  } finally {
    await producer.disconnect();
  }
}
