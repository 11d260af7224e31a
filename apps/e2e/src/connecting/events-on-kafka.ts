// What slack-ingress has published, as a plain consumer of Kafka sees it.
import { randomUUID } from 'node:crypto';
import { kafkaClient } from '@carillon/playground';
import { until } from '../until.ts';
import { stage } from './context.ts';

/** The ids of all events of Slack's that are on Kafka now. */
export async function eventsOnKafka(topic = 'carillon.slack.event.v1'): Promise<string[]> {
  const kafka = kafkaClient(stage.playground.kafka.brokers, 'e2e');
  const consumer = kafka.consumer({ groupId: `e2e-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const admin = kafka.admin();
  await Promise.all([admin.connect(), consumer.connect()]);
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    const count = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    const ids: string[] = [];
    await consumer.subscribe({ topic, fromBeginning: true });
    const read = ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
      ids.push((JSON.parse(String(message.value)) as { eventId: string }).eventId);
      return Promise.resolve();
    };
    await consumer.run({ eachMessage: read });
    await until(`${count} events`, () => ids.length >= count);
    return ids;
  } finally {
    await Promise.all([admin.disconnect(), consumer.disconnect()]);
  }
}
