// Publishes CloudEvents in Kafka's binary mode as a product does: with a plain client and the documented headers.
import type { Kafka, Message } from 'kafkajs';

export interface ProducedEvent {
  id: string;
  source: string;
  key: string | null;
  data: object;
  traceparent?: string;
  /** Without it, the key decides. */
  partition?: number;
}

/** The record of an event. */
export function recordOf(topic: string, { id, source, key, data, traceparent, partition }: ProducedEvent): Message {
  return {
    key,
    ...(partition !== undefined && { partition }),
    value: JSON.stringify(data),
    headers: {
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: source,
      ce_type: topic,
      ce_time: new Date().toISOString(),
      'content-type': 'application/json',
      ...(traceparent && { traceparent }),
    },
  };
}

export async function publishEvent(kafka: Kafka, topic: string, events: readonly ProducedEvent[]): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await producer.send({ topic, acks: -1, messages: events.map((event) => recordOf(topic, event)) });
  } finally {
    await producer.disconnect();
  }
}
