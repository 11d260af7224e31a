// What consuming guarantees, on a real broker.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { kafkajsClient } from '../kafka/clients/kafkajs/connect-kafkajs.ts';
import { unlimitedRetry } from '../kafka/retry-policy.ts';
import type { Received } from '../records/record.ts';
import { until } from '../testing/broker.ts';
import { event, testConsumers, type TestTopic } from '../testing/test-consumers.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import type { Batch, Handles } from './batch.ts';
import { BatchConsumer } from './batch-consumer.ts';

const { config, publisher, created, consumerOf, committed } = testConsumers();

describe('consuming', () => {
  test('what is published is received, in order per key, with its trace context', async () => {
    const topic = await created(uniqueTopic({ partitions: 3 }));
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await publisher.publish(
      topic,
      Array.from({ length: 300 }, (_, n) => ({ ...event(n, { key: `k${n % 7}` }), traceparent })),
    );
    // A publisher that tries again may write a record twice; its first sight counts.
    const first = new Map<string, Received<TestTopic>>();
    const handle = (batch: Batch<TestTopic>): Promise<void> => {
      for (const record of batch.records) if (!first.has(record.id)) first.set(record.id, record);
      return Promise.resolve();
    };
    await consumerOf(topic, { handle }).start();
    await until(() => first.size === 300);
    const seen = [...first.values()];
    for (let k = 0; k < 7; k++) {
      const numbers = seen.filter(({ key }) => key === `k${k}`).map(({ data }) => data.n);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    expect(new Set(seen.map((record) => record.traceparent))).toEqual(new Set([traceparent]));
  });

  test('a consumer that can not go on is reported as dead', async () => {
    const topic = await created(uniqueTopic());
    let stopDead = (): Promise<void> => Promise.resolve();
    const death = new Promise<Error>((resolve) => {
      // Below the broker's least session time-out: joining is refused for good.
      const subscriptions = [{ topic, handler: { handle: () => Promise.resolve() } }];
      const consumer = new BatchConsumer(
        { ...config, sessionTimeoutMs: 100 },
        { group: `test.${randomUUID()}`, subscriptions, publisher, onDead: resolve },
      );
      void consumer.start();
      stopDead = () => consumer.stop();
    });
    expect((await death).message).toMatch(/session timeout/i);
    await stopDead();
  });

  test('an offset is committed only after the handler has returned', async () => {
    const topic = await created(uniqueTopic());
    await publisher.publish(topic, [event(1)]);
    const group = `test.${randomUUID()}`;
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let begun = false;
    await consumerOf(
      topic,
      {
        handle: () => {
          begun = true;
          return finished;
        },
      },
      group,
    ).start();
    await until(() => begun);
    expect(await committed(group, topic.name)).toBe(0);
    finish();
    await until(async () => (await committed(group, topic.name)) === 1);
  });

  test('a handler that throws gets the same records again, none is skipped', async () => {
    const topic = await created(uniqueTopic());
    await publisher.publish(topic, [event(1), event(2)]);
    const calls: number[][] = [];
    const group = `test.${randomUUID()}`;
    await consumerOf(
      topic,
      {
        handle(batch) {
          calls.push(batch.records.map(({ data }) => data.n));
          return calls.length < 4 ? Promise.reject(new TypeError('the database is away')) : Promise.resolve();
        },
      },
      group,
    ).start();
    await publisher.publish(topic, [event(3)]);
    await until(async () => (await committed(group, topic.name)) === 3);
    for (const call of calls.slice(0, 4)) expect(call.slice(0, 2)).toEqual([1, 2]);
    expect(new Set(calls.slice(3).flat())).toEqual(new Set([1, 2, 3]));
  });

  test('a handler slower than the session keeps its partition', async () => {
    const topic = await created(uniqueTopic());
    await publisher.publish(topic, [event(1)]);
    const group = `test.${randomUUID()}`;
    let calls = 0;
    await consumerOf(
      topic,
      {
        handle: () => {
          calls++;
          return new Promise((resolve) => setTimeout(resolve, 8_000));
        },
      },
      group,
    ).start();
    await until(async () => (await committed(group, topic.name)) === 1);
    expect(calls).toBe(1);
  });

  test('stopping leaves the group before it ends: the next member need not wait for the session of the first', async () => {
    const topic = await created(uniqueTopic({ partitions: 2 }));
    const group = `test.${randomUUID()}`;
    const seen: number[] = [];
    const handler: Handles<TestTopic> = {
      handle: (batch: Batch<TestTopic>) => Promise.resolve(void seen.push(...batch.records.map(({ data }) => data.n))),
    };
    const first = consumerOf(topic, handler, group);
    const second = consumerOf(topic, handler, group);
    await Promise.all([first.start(), second.start()]);
    await until(() => first.assigned(topic.name).length === 1 && second.assigned(topic.name).length === 1);
    await first.stop();
    const admin = kafkajsClient(config, unlimitedRetry).admin();
    const { groups } = await admin.describeGroups([group]);
    await admin.disconnect();
    expect(groups[0]!.members).toHaveLength(1);
    await until(() => second.assigned(topic.name).length === 2);
    await publisher.publish(topic, [event(1, { key: 'a' }), event(2, { key: 'b' }), event(3, { key: 'c' })]);
    await until(() => seen.length === 3);
  });
});
