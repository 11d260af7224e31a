// A publisher for specs: it keeps the records in memory, and fails where a spec sets `failure`.
import type { PayloadOf, Topic } from '@carillon/domain';
import { encode } from '../events/encode.ts';
import type { Outgoing, RawRecord, WireRecord } from '../records/record.ts';

export class PublisherFake {
  readonly records: RawRecord[] = [];
  /** Thrown by the next publishes until unset. */
  failure: Error | undefined;

  connect(): Promise<void> {
    return Promise.resolve();
  }

  publish<T extends Topic>(topic: T, events: readonly Outgoing<PayloadOf<T>>[]): Promise<void> {
    return this.publishRecords(events.map((event) => encode(topic, event)));
  }

  publishRecords(records: readonly WireRecord[]): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    this.records.push(...(records as readonly RawRecord[]));
    return Promise.resolve();
  }

  partitionsOf(topic: Pick<Topic, 'partitions'>): Promise<number> {
    return Promise.resolve(topic.partitions);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What was published to a topic, as data. */
  dataOf<T extends Topic>(topic: T): PayloadOf<T>[] {
    return this.records
      .filter((record) => record.topic === topic.name && record.value !== null)
      .map(({ value }) => JSON.parse(String(value)) as PayloadOf<T>);
  }
}
