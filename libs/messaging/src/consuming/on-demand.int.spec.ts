// A handler that reads on demand, on a real broker: what is fetched, in which order, and what remains in Kafka.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { until } from '../testing/broker.ts';
import { event, testConsumers, type TestTopic } from '../testing/test-consumers.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import type { Filtered, Handles, Place } from './batch.ts';
import type { KafkaRecord } from '../records/kafka-record.ts';

const { publisher, created, consumerOf, committed } = testConsumers();

/** Reads the ranges that it is given, in the order of their offsets, and drops each when it is read. */
class RangeReader implements Handles<TestTopic> {
  readonly ranges: { partition: number; first: number; last: number }[] = [];
  readonly handled: string[] = [];
  /** Offsets that were fetched, wanted or not. */
  readonly fetched: string[] = [];
  failures = 0;

  readFrom(_topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    if (this.failures > 0) {
      this.failures--;
      return Promise.reject(new Error('the database is away'));
    }
    const found = new Map<number, number>();
    for (const partition of partitions) {
      const firsts = this.ranges.filter((range) => range.partition === partition).map(({ first }) => first);
      if (firsts.length > 0) found.set(partition, Math.min(...firsts));
    }
    return Promise.resolve(found);
  }

  filter(records: readonly KafkaRecord[], { partition }: Place): Promise<Filtered> {
    this.fetched.push(...records.map(({ offset }) => `${partition}/${offset}`));
    const read = Number(records.at(-1)!.offset);
    const here = this.ranges.filter((range) => range.partition === partition);
    return Promise.resolve({
      records: records.filter(({ offset }) =>
        here.some(({ first, last }) => Number(offset) >= first && Number(offset) <= last),
      ),
      afterwards: () => {
        for (const range of here) {
          if (range.last <= read) this.ranges.splice(this.ranges.indexOf(range), 1);
          else range.first = Math.max(range.first, read + 1);
        }
        return Promise.resolve();
      },
    });
  }

  handle({ partition, records }: Parameters<Handles<TestTopic>['handle']>[0]): Promise<void> {
    this.handled.push(...records.map(({ offset }) => `${partition}/${offset}`));
    return Promise.resolve();
  }
}

const offsets = (partition: number, first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, n) => `${partition}/${first + n}`);

async function filledTopic(): Promise<TestTopic> {
  const topic = await created(uniqueTopic({ partitions: 2 }));
  for (const partition of [0, 1])
    await publisher.publish(
      topic,
      Array.from({ length: 100 }, (_, n) => ({ ...event(n), partition })),
    );
  return topic;
}

describe('a topic that is read on demand', () => {
  test('is read where its handler says, again and again, and nothing is committed', async () => {
    const topic = await filledTopic();
    const group = `test.${randomUUID()}`;
    const reader = new RangeReader();
    const consumer = consumerOf(topic, reader, group, { maxRecords: 10 });
    await consumer.start();
    reader.ranges.push({ partition: 1, first: 60, last: 74 });
    await until(() => reader.ranges.length === 0);
    expect(reader.handled).toEqual(offsets(1, 60, 74));
    // Nothing was fetched for the sake of another partition or of an earlier offset.
    expect(reader.fetched).toEqual(offsets(1, 60, 79));
    // Backwards, with a gap, and in another partition.
    reader.ranges.push(
      { partition: 1, first: 5, last: 12 },
      { partition: 1, first: 90, last: 99 },
      { partition: 0, first: 0, last: 0 },
    );
    await until(() => reader.ranges.length === 0);
    expect(reader.handled.slice(15).filter((place) => place.startsWith('1'))).toEqual([
      ...offsets(1, 5, 12),
      ...offsets(1, 90, 99),
    ]);
    expect(reader.handled).toContain('0/0');
    expect(reader.fetched).not.toContain('1/30');
    expect(await committed(group, topic.name)).toBe(0);
  }, 60_000);

  test('goes on after its handler could not say where, and in another process where the first one stopped', async () => {
    const topic = await filledTopic();
    const group = `test.${randomUUID()}`;
    const reader = new RangeReader();
    reader.failures = 2;
    reader.ranges.push({ partition: 0, first: 10, last: 19 });
    const first = consumerOf(topic, reader, group);
    await first.start();
    await until(() => reader.ranges.length === 0);
    await first.stop();
    reader.ranges.push({ partition: 0, first: 20, last: 29 });
    const second = consumerOf(topic, reader, group);
    await second.start();
    await until(() => reader.ranges.length === 0);
    expect(reader.handled).toEqual(offsets(0, 10, 29));
  }, 60_000);
});
