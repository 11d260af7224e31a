// The port to Kafka: the operations that the platform needs of a client, and no others. Two clients implement it,
// kafkajs and @platformatic/kafka (clients/); the setting KAFKA_CLIENT chooses. Names and shapes are those of kafkajs,
// so that its objects implement most of the port directly. Guarantees of both, which the integration specs check on
// each: a record counts as produced when all in-sync replicas have acknowledged it; one batch of a partition is handled
// at a time; offsets are committed only explicitly, and never for another generation; record batches are read within
// the limits of records/limits.ts; errors of the broker carry Kafka's name of the error as `type`.
import type { KafkaRecord } from '../records/kafka-record.ts';

export interface Kafka {
  producer(): Producer;
  consumer(options: ConsumerOptions): Consumer;
  admin(): Admin;
}

export interface Message {
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers: Record<string, Buffer | string | (Buffer | string)[]>;
  partition: number;
}

export interface Producer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** Acknowledged by all in-sync replicas, or rejected. One record batch for each partition. */
  sendBatch(request: { acks: -1; topicMessages: { topic: string; messages: Message[] }[] }): Promise<unknown>;
  /** The same for one topic, compressed with gzip. */
  sendCompressed(topic: string, messages: Message[]): Promise<void>;
}

export interface ConsumerOptions {
  groupId: string;
  sessionTimeout?: number;
  rebalanceTimeout?: number;
  heartbeatInterval?: number;
  /** How long a fetch waits for records. */
  maxWaitTimeInMs?: number;
}

export interface TopicPartitions {
  topic: string;
  partitions: number[];
}

/** Records of one partition, in order. */
export interface Batch {
  topic: string;
  partition: number;
  highWatermark: string;
  messages: KafkaRecord[];
  /** Of the last record that was fetched, also of one that is no message. */
  lastOffset(): string;
}

export interface Offsets {
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
}

export interface EachBatchPayload {
  batch: Batch;
  /** Rejects, with Kafka's `type`, when the group rebalances or no longer counts this member. */
  heartbeat(): Promise<void>;
  isRunning(): boolean;
  isStale(): boolean;
  /** The offset after it is fetched next. */
  resolveOffset(offset: string): void;
  commitOffsetsIfNecessary(offsets: Offsets): Promise<void>;
}

export interface RunOptions {
  autoCommit: false;
  /** Absent: a batch is resolved when `eachBatch` returns. */
  eachBatchAutoResolve?: false;
  partitionsConsumedConcurrently?: number;
  /** One call at a time for a partition. A batch that it rejects, or does not resolve, is fetched again. */
  eachBatch(payload: EachBatchPayload): Promise<void>;
}

export interface ConsumerEvents {
  GROUP_JOIN: { payload: { memberAssignment: Record<string, number[]> } };
  REBALANCING: unknown;
  /** The broker has answered a fetch, perhaps without records. */
  FETCH: unknown;
  /** A batch of a partition has ended, also one that held only control records. */
  END_BATCH_PROCESS: { payload: { topic: string; partition: number; lastOffset: string } };
  /** Without `restart` the consumer is dead. */
  CRASH: { payload: { error: Error; restart: boolean } };
}

export type EventName = keyof ConsumerEvents;

/** Kafkajs's names of the events, with their payloads as types. */
export type EventNames = { readonly [Name in EventName]: string & { readonly event?: Name } };

export interface Consumer {
  readonly events: EventNames;
  on<Name extends EventName>(
    name: string & { readonly event?: Name },
    listener: (event: ConsumerEvents[Name]) => void,
  ): unknown;
  connect(): Promise<void>;
  /** Leaves the group after the running batches have ended. */
  disconnect(): Promise<void>;
  subscribe(subscription: { topics: string[]; fromBeginning?: boolean }): Promise<void>;
  /** Resolves when the group was joined for the first time. */
  run(options: RunOptions): Promise<void>;
  /** Until `resume()`, these partitions are not fetched from. */
  pause(partitions: TopicPartitions[]): void;
  resume(partitions: TopicPartitions[]): void;
  seek(place: { topic: string; partition: number; offset: string }): void;
}

export interface ConfigEntry {
  name: string;
  value: string;
}

export interface Admin {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  listTopics(): Promise<string[]>;
  /** Of all topics, or of these; rejects with UNKNOWN_TOPIC_OR_PARTITION for one that does not exist. */
  fetchTopicMetadata(options?: {
    topics: string[];
  }): Promise<{ topics: { name: string; partitions: { partitionId: number; leader: number }[] }[] }>;
  fetchTopicOffsets(topic: string): Promise<{ partition: number; offset: string; high: string; low: string }[]>;
  describeCluster(): Promise<{ brokers: { nodeId: number }[] }>;
  /** Topics that exist are left as they are. */
  createTopics(request: {
    waitForLeaders: false;
    timeout: number;
    topics: { topic: string; numPartitions: number; replicationFactor: number; configEntries: ConfigEntry[] }[];
  }): Promise<boolean>;
  /** The named settings of topics. */
  describeTopicConfigs(topics: { name: string; configNames: string[] }[]): Promise<Map<string, ConfigEntry[]>>;
  fetchOffsets(options: {
    groupId: string;
    topics: string[];
  }): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
  deleteGroups(groups: string[]): Promise<unknown>;
}
