// The contract of handlers: the batch that a handler receives, and the methods that it implements.
import type { Topic } from '@carillon/domain';
import type { KafkaRecord } from '../records/kafka-record.ts';
import type { Received } from '../records/record.ts';
import type { Rejection } from '../records/rejection.ts';

/** Records of one partition, in order. */
export interface Batch<T extends Topic = Topic> {
  readonly topic: string;
  readonly partition: number;
  readonly records: Received<T>[];
  /** Sends this record to the dead letters once `handle()` has returned; the others count as handled. */
  reject(record: Received<T>, code: string, detail: string): void;
  /** Heartbeats run on a timer while `handle()` runs; call this only to learn early that the partition is lost. */
  heartbeat(): Promise<void>;
  /** Aborted when the partition is lost or the process stops: the handler may give up what has no effect yet. */
  readonly signal: AbortSignal;
}

export interface Place {
  readonly topic: string;
  readonly partition: number;
  /** Of a topic that is read on demand: from this offset to the last record, no record is missing. */
  readonly readFrom?: number;
  readonly signal: AbortSignal;
}

/** The records that `handle()` receives, and what follows when they were handled. */
export interface Filtered {
  records: readonly KafkaRecord[];
  /**
   * Called after `handle()`, after `rejected()` and after the dead letters are written, before the commit. Calls may be
   * repeated.
   */
  afterwards?: () => Promise<void>;
}

/**
 * Handles the events of one topic. `handle()` returns when the effect is durable; only then is the offset committed.
 * Invalid records are rejected, not thrown. Throwing means that a dependency is broken: after a pause, `handle()` is
 * called again with the same records, until it succeeds or the partition is lost.
 */
export interface Handles<T extends Topic = Topic> {
  /** The most records of one chunk, which is filtered, handled and committed as one; default: that of the consumer. */
  readonly maxRecords?: number;
  /** Called before records are decoded; chooses those that are decoded and handled. Calls may be repeated. */
  filter?(records: readonly KafkaRecord[], place: Place): Promise<Filtered>;
  handle(batch: Batch<T>): Promise<void>;
  /** Receives the rejected records (undecodable ones too) before the commit, for example to publish failed outcomes. */
  rejected?(rejections: Rejection[]): Promise<void>;
  /**
   * A handler with this method reads on demand. A partition is not fetched until this method returns an offset for it;
   * it is then read from there until the method returns none. The consumer asks after the assignment, after each chunk
   * of records, and twice a second for the partitions that are not read. Nothing is committed in Kafka: the handler
   * keeps its own progress, in `afterwards` of `filter()`.
   */
  readFrom?(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number>>;
}
