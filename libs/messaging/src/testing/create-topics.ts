// Creates topics for specs on a real broker. Guarantees that each of their partitions has a leader: before that, a
// publish to several partitions may be repeated for those that had one, and a reader may be refused.
import type { Topic } from '@carillon/domain';
import { connectKafka, unlimitedRetry } from '../kafka/connect.ts';
import type { KafkaConfig } from '../kafka/config.ts';
import { ensureTopics } from '../topics/ensure-topics.ts';
import { until } from './broker.ts';

export async function createTopics(config: KafkaConfig, topics: readonly Topic[]): Promise<void> {
  await ensureTopics(config, topics, 'create');
  const admin = connectKafka(config, unlimitedRetry).admin();
  await admin.connect();
  try {
    for (const { name, partitions } of topics) {
      await until(async () => {
        const ends = await admin.fetchTopicOffsets(name).catch(() => []);
        return ends.length === partitions;
      });
    }
  } finally {
    await admin.disconnect();
  }
}
