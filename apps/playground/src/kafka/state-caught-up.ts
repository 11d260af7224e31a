// Whether preferences and delivery have read the topics from which they build their replicas. They commit an offset
// after they have stored the record, so without lag they use it.
import { channelChanged, destinationChanged, installationChanged, recipientChanged } from '@carillon/domain';
import type { Admin } from 'kafkajs';

const readers: Record<string, string[]> = {
  'carillon.preferences.state': [
    installationChanged.name,
    recipientChanged.name,
    destinationChanged.name,
    channelChanged.name,
  ],
  'carillon.delivery.state': [installationChanged.name],
};

/** A sentence about the first reader with lag; undefined: there is none. */
export async function stateLag(admin: Admin): Promise<string | undefined> {
  for (const [group, topics] of Object.entries(readers)) {
    for (const topic of topics) {
      const records = await lagOf(admin, group, topic);
      if (records > 0) return `${group} has still to read ${records} of ${topic}`;
    }
  }
  return undefined;
}

/** Records between what the group has committed and the end of the topic. */
export async function lagOf(admin: Admin, group: string, topic: string): Promise<number> {
  const [ends, [committed]] = await Promise.all([
    admin.fetchTopicOffsets(topic),
    admin.fetchOffsets({ groupId: group, topics: [topic] }),
  ]);
  return ends.reduce((sum, { partition, low, high }) => {
    const at = Number(committed?.partitions.find((entry) => entry.partition === partition)?.offset ?? -1);
    return sum + Math.max(0, Number(high) - (at < 0 ? Number(low) : at));
  }, 0);
}
