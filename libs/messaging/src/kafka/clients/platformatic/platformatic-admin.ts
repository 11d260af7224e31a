// Requests about topics, offsets and groups. The first request connects; it may be connected again after
// `disconnect()`.
import type { Admin as LibraryAdmin, BaseOptions } from '@platformatic/kafka';
import type { Admin, ConfigEntry } from '../../client.ts';
import { brokerErrorOf, BrokerError, translated } from './broker-error.ts';
import { loadLibrary } from './library.ts';

const topicResource = 2;
const earliest = -2n;
const latest = -1n;

type CreateTopics = Parameters<Admin['createTopics']>[0];

export class PlatformaticAdmin implements Admin {
  readonly #options: BaseOptions;
  #admin: LibraryAdmin | undefined;

  constructor(options: BaseOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    await translated((await this.#client()).metadata({ topics: [], forceUpdate: true }));
  }

  async disconnect(): Promise<void> {
    const admin = this.#admin;
    this.#admin = undefined;
    await admin?.close();
  }

  async listTopics(): Promise<string[]> {
    return translated((await this.#client()).listTopics({ includeInternals: false }));
  }

  async fetchTopicMetadata(options?: {
    topics: string[];
  }): Promise<{ topics: { name: string; partitions: { partitionId: number; leader: number }[] }[] }> {
    const admin = await this.#client();
    const names = options?.topics ?? (await this.listTopics());
    if (names.length === 0) return { topics: [] };
    // A topic that does not exist is an answer, not a reason to ask again.
    const { topics } = await translated(admin.metadata({ topics: [...names], forceUpdate: true, retries: 0 }));
    return {
      topics: names.flatMap((name) => {
        const found = topics.get(name);
        return found
          ? [{ name, partitions: found.partitions.map(({ leader }, partitionId) => ({ partitionId, leader })) }]
          : [];
      }),
    };
  }

  async fetchTopicOffsets(topic: string): Promise<{ partition: number; offset: string; high: string; low: string }[]> {
    const admin = await this.#client();
    const { topics } = await this.fetchTopicMetadata({ topics: [topic] });
    const partitions = topics[0]?.partitions ?? [];
    const at = async (timestamp: bigint): Promise<Map<number, string>> => {
      const listed = await translated(
        admin.listOffsets({
          topics: [
            {
              name: topic,
              partitions: partitions.map(({ partitionId }) => ({ partitionIndex: partitionId, timestamp })),
            },
          ],
        }),
      );
      return new Map(
        listed.flatMap((one) => one.partitions.map(({ partitionIndex, offset }) => [partitionIndex, String(offset)])),
      );
    };
    const [low, high] = await Promise.all([at(earliest), at(latest)]);
    return partitions.map(({ partitionId: partition }) => ({
      partition,
      offset: high.get(partition)!,
      high: high.get(partition)!,
      low: low.get(partition)!,
    }));
  }

  async describeCluster(): Promise<{ brokers: { nodeId: number }[] }> {
    const { brokers } = await translated((await this.#client()).metadata({ topics: [], forceUpdate: true }));
    return { brokers: [...brokers.keys()].map((nodeId) => ({ nodeId })) };
  }

  async createTopics({ topics }: CreateTopics): Promise<boolean> {
    const admin = await this.#client();
    const created = await Promise.all(
      topics.map(async ({ topic, numPartitions, replicationFactor, configEntries }) => {
        try {
          await admin.createTopics({
            topics: [topic],
            partitions: numPartitions,
            replicas: replicationFactor,
            configs: configEntries,
          });
          return true;
        } catch (error) {
          const known = brokerErrorOf(error);
          if (known instanceof BrokerError && known.type === 'TOPIC_ALREADY_EXISTS') return false;
          throw known;
        }
      }),
    );
    return created.includes(true);
  }

  async describeTopicConfigs(topics: { name: string; configNames: string[] }[]): Promise<Map<string, ConfigEntry[]>> {
    const resources = topics.map(
      ({ name, configNames }) =>
        ({ resourceType: topicResource, resourceName: name, configurationKeys: configNames }) as const,
    );
    const described = await translated(
      (await this.#client()).describeConfigs({ resources, includeSynonyms: false, includeDocumentation: false }),
    );
    return new Map(
      described.map(({ resourceName, configs }) => [
        resourceName,
        configs.map(({ name, value }) => ({ name, value: value ?? '' })),
      ]),
    );
  }

  async fetchOffsets({
    groupId,
    topics,
  }: {
    groupId: string;
    topics: string[];
  }): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]> {
    const admin = await this.#client();
    const known = (await this.fetchTopicMetadata({ topics })).topics;
    const wanted = known.map(({ name, partitions }) => ({
      name,
      partitionIndexes: partitions.map(({ partitionId }) => partitionId),
    }));
    const [group] = await translated(admin.listConsumerGroupOffsets({ groups: [{ groupId, topics: wanted }] }));
    return known.map(({ name, partitions }) => {
      const committed = group?.topics.find((one) => one.name === name)?.partitions ?? [];
      return {
        topic: name,
        partitions: partitions.map(({ partitionId }) => ({
          partition: partitionId,
          offset: String(
            committed.find(({ partitionIndex }) => partitionIndex === partitionId)?.committedOffset ?? -1n,
          ),
        })),
      };
    });
  }

  async deleteGroups(groups: string[]): Promise<unknown> {
    return translated((await this.#client()).deleteGroups({ groups }));
  }

  async #client(): Promise<LibraryAdmin> {
    const { Admin } = await loadLibrary();
    return (this.#admin ??= new Admin(this.#options));
  }
}
