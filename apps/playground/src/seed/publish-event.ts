// Publishes CloudEvents in Kafka's binary mode as any product could, with nothing of ours but the documented headers.
import type { Kafka } from 'kafkajs';

export interface ProducedEvent {
  id: string;
  source: string;
  key: string;
  data: object;
  traceparent?: string;
}

export async function publishEvent(kafka: Kafka, topic: string, events: readonly ProducedEvent[]): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await producer.send({
      topic,
      acks: -1,
      messages: events.map(({ id, source, key, data, traceparent }) => ({
        key,
        value: JSON.stringify(data),
        headers: {
          ce_specversion: '1.0',
          ce_id: id,
          ce_source: source,
          ce_type: topic,
          ce_time: new Date().toISOString(),
          'content-type': 'application/json',
          ...(traceparent ? { traceparent } : {}),
        },
      })),
    });
  } finally {
    await producer.disconnect();
  }
}
