// Removes every record of a compacted topic, as compaction removes deleted keys and, after 14 days, their tombstones.
import kafkajs from 'kafkajs';
import { kafkajsClient } from '../kafka/clients/kafkajs/connect-kafkajs.ts';
import { unlimitedRetry } from '../kafka/retry-policy.ts';
import { testKafka, until } from './broker.ts';

const { ConfigResourceTypes } = kafkajs;
const fromEnd = '-1';

export async function emptyTopic(topic: string): Promise<void> {
  const admin = kafkajsClient(testKafka(), unlimitedRetry).admin();
  await admin.connect();
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
    });
    const entries = resources[0]!.configEntries.filter(
      ({ isDefault, configSource }) => !isDefault && Number(configSource) !== 5,
    );
    const own = entries.map(({ configName: name, configValue: value }) => ({ name, value }));
    const set = (configEntries: typeof own) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
      });
    // Kafka deletes no records of a topic that is compacted only.
    await set([...own.filter(({ name }) => name !== 'cleanup.policy'), { name: 'cleanup.policy', value: 'delete' }]);
    const offsets = await admin.fetchTopicOffsets(topic);
    const partitions = offsets
      .filter(({ high, low }) => high !== low)
      .map(({ partition }) => ({ partition, offset: fromEnd }));
    const remove = () =>
      admin.deleteTopicRecords({ topic, partitions }).then(
        () => true,
        () => false,
      );
    if (partitions.length > 0) await until(remove);
    await set(own);
  } finally {
    await admin.disconnect();
  }
}
