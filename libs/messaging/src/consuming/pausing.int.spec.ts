// What a partition whose records keep failing does to its lag and its neighbours, on a real broker.
import { randomUUID } from 'node:crypto';
import { metricsText } from '@carillon/telemetry';
import { describe, expect, test } from '@jest/globals';
import type { Received } from '../records/record.ts';
import { until } from '../testing/broker.ts';
import { event, lagOf, testConsumers, type TestTopic } from '../testing/test-consumers.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import type { Batch } from './batch.ts';

const { publisher, created, consumerOf, committed, endOf } = testConsumers();

describe('a partition that keeps failing', () => {
  test('while a batch keeps failing, what arrives behind it counts as lag', async () => {
    const topic = await created(uniqueTopic());
    const group = `test.${randomUUID()}`;
    let away = true;
    let handled = 0;
    await publisher.publish(topic, [event(1)]);
    const handle = (batch: Batch<TestTopic>): Promise<void> =>
      away ? Promise.reject(new Error('away')) : Promise.resolve(void (handled += batch.records.length));
    const consumer = consumerOf(topic, { handle }, group);
    await consumer.start();
    await until(async () => (await lagOf(group)) === 1);
    await publisher.publish(
      topic,
      Array.from({ length: 9 }, (_, n) => event(n + 2)),
    );
    await until(async () => (await lagOf(group)) === 10);
    expect(consumer.readiness()).toBe(true);
    away = false;
    await until(() => handled === 10);
    await until(async () => (await lagOf(group)) === 0);
  });

  test('a partition whose record keeps failing is paused alone: its neighbours go on, and it goes on in order once it can', async () => {
    const topic = await created(uniqueTopic({ partitions: 3 }));
    const group = `test.${randomUUID()}`;
    const at = (n: number, partition: number, text?: string) => ({
      ...event(n, text === undefined ? {} : { text }),
      partition,
    });
    let poisonous = true;
    const seen: Received<TestTopic>[] = [];
    const consumer = consumerOf(
      topic,
      {
        handle(batch) {
          if (poisonous && batch.records.some(({ data }) => data.text === 'poison'))
            return Promise.reject(new Error('cannot handle this one'));
          return Promise.resolve(void seen.push(...batch.records));
        },
      },
      group,
    );
    await publisher.publish(topic, [at(0, 0), at(1, 0), at(2, 0, 'poison'), at(3, 0), at(10, 1), at(20, 2)]);
    await consumer.start();
    const of = (partition: number): number[] => [
      ...new Set(seen.filter((record) => record.partition === partition).map(({ data }) => data.n)),
    ];
    const stalled = async (): Promise<boolean> =>
      (await metricsText())
        .split('\n')
        .some(
          (line) =>
            line.startsWith('carillon_partition_stalled_seconds{') && line.includes(group) && line.includes('id="0"'),
        );
    await until(async () => (await stalled()) && of(1).length === 1);
    for (let n = 1; n <= 20; n++) {
      await publisher.publish(topic, [at(10 + n, 1), at(20 + n, 2)]);
      await until(() => of(1).includes(10 + n) && of(2).includes(20 + n), 5_000);
    }
    expect(consumer.readiness()).toBe(true);
    // What lies before the failing record gets through, though it was read in the same batch.
    await until(() => of(0).length === 2, 30_000);
    await until(stalled);
    expect(await committed(group, topic.name, 0)).toBeLessThanOrEqual(2);
    poisonous = false;
    await until(async () => (await committed(group, topic.name, 0)) === (await endOf(topic.name, 0)));
    expect(of(0)).toEqual([0, 1, 2, 3]);
    expect(await stalled()).toBe(false);
    await until(async () => (await lagOf(group)) === 0);
  });
});
