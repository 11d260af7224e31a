// What a handler gets and may do: the face between Kafka and everything that reads from it.
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
  /** Aborted when the partition is lost or the process stops: what has no effect yet may be given up. */
  readonly signal: AbortSignal;
}

export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly signal: AbortSignal;
}

export interface Sifted {
  now: readonly KafkaRecord[];
  move?: () => Promise<void>;
}

/**
 * Handles the events of one topic. `handle()` returns when the effect is durable; only then is the offset committed.
 * Bad data is rejected, never thrown. Throwing means that something we depend on is broken: after a pause, `handle()`
 * is called again with the same records, until it succeeds or the partition is lost.
 */
export interface Handles<T extends Topic = Topic> {
  /**
   * Looks at records before anything of them is read, and says which of them `handle()` gets. The others are its own
   * matter: `move()` brings them elsewhere, after the former were handled and before the commit. Both may be repeated.
   */
  sift?(records: readonly KafkaRecord[], place: Place): Promise<Sifted>;
  handle(batch: Batch<T>): Promise<void>;
  /** Told about rejected records (unreadable ones too) before the commit, for example to publish failed outcomes. */
  rejected?(rejections: Rejection[]): Promise<void>;
}
