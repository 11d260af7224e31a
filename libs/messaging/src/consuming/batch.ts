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
  readonly signal: AbortSignal;
}

export interface Sifted {
  now: readonly KafkaRecord[];
  move?: () => Promise<void>;
}

/**
 * Handles the events of one topic. `handle()` returns when the effect is durable; only then is the offset committed.
 * Invalid records are rejected, not thrown. Throwing means that a dependency is broken: after a pause, `handle()` is
 * called again with the same records, until it succeeds or the partition is lost.
 */
export interface Handles<T extends Topic = Topic> {
  /**
   * Called before records are decoded; returns those that `handle()` receives, in `now`. For the others it returns
   * `move()`, which moves them elsewhere; it is called after `now` was handled and before the commit. Both calls may be
   * repeated.
   */
  sift?(records: readonly KafkaRecord[], place: Place): Promise<Sifted>;
  handle(batch: Batch<T>): Promise<void>;
  /** Receives the rejected records (undecodable ones too) before the commit, for example to publish failed outcomes. */
  rejected?(rejections: Rejection[]): Promise<void>;
}
