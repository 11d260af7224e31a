// Records as kafkajs takes them, grouped as it would group them. kafkajs groups messages by partition in a `reduce()`
// that copies a partition's list for each of its messages; these know their groups already.
// Promises: order within a partition is kept.
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
