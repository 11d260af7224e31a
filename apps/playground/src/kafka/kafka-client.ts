// A bare kafkajs client, as any product would use it: the playground speaks to Kafka without a line of ours in between.
import kafkajs from 'kafkajs';
import type { Kafka } from 'kafkajs';

export function kafkaClient(brokers: readonly string[], clientId: string): Kafka {
  return new kafkajs.Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
  });
}
