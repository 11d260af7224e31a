// The messages of a request in the form of kafkajs, already grouped by partition. kafkajs groups messages in a
// `reduce()` that copies the list of a partition for each message; here `reduce()` returns the groups that exist.
// Guarantee: the order within a partition is kept.
import type { Queued } from './publish-job.ts';
import type { WireRecord } from '../records/record.ts';

type Message = Pick<WireRecord, 'key' | 'value' | 'headers'> & { partition: number };

class PlacedMessages extends Array<Message> {
  readonly #byPartition: Record<number, Message[]> = {};

  place(message: Message): void {
    this.push(message);
    (this.#byPartition[message.partition] ??= []).push(message);
  }

  override reduce<T>(): T {
    return this.#byPartition as T;
  }
}

export function messagesByTopic(records: readonly Queued[]): { topic: string; messages: Message[] }[] {
  const topics = new Map<string, PlacedMessages>();
  for (const { topic, partition, record } of records) {
    let messages = topics.get(topic);
    if (!messages) topics.set(topic, (messages = new PlacedMessages()));
    messages.place({ key: record.key, value: record.value, headers: record.headers, partition });
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}
