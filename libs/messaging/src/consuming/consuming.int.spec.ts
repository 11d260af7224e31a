// What consuming promises, on a real broker.
import { randomUUID } from 'node:crypto';
import { deadLetterNameOf, type PayloadOf, type Topic } from '@carillon/domain';
import { metricsText } from '@carillon/telemetry';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Admin } from '../kafka/client.ts';
import type { RawRecord, Received } from '../records/record.ts';
import { kafkajsClient } from '../kafka/clients/kafkajs/connect-kafkajs.ts';
import { connectKafka, patientRetry } from '../kafka/connect.ts';
import { Publisher } from '../publishing/publisher.ts';
import { testKafka, until } from '../testing/broker.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { ensureTopics } from '../topics/ensure-topics.ts';
import type { Batch, Handles } from './batch.ts';
import { BatchConsumer } from './batch-consumer.ts';
import { untilCaughtUp } from './catch-up.ts';
import type { Rejection } from '../records/rejection.ts';

type TestTopic = ReturnType<typeof uniqueTopic>;

const config = testKafka();
const publisher = new Publisher(config);
let admin: Admin;
const running: BatchConsumer[] = [];
const dead: Error[] = [];

beforeAll(async () => {
  admin = connectKafka(config, patientRetry).admin();
  await admin.connect();
});

afterAll(async () => {
  await Promise.all(running.map((consumer) => consumer.stop()));
  await publisher.close();
  await admin.disconnect();
  expect(dead).toEqual([]);
});

async function created<T extends Topic>(topic: T): Promise<T> {
  await ensureTopics(config, [topic], 'create');
  return topic;
}

const event = (n: number, data: Partial<PayloadOf<TestTopic>> = {}) => ({
  id: `e-${n}`,
  source: '/test',
  data: { n, ...data },
});

function consumerOf(topic: TestTopic, handler: Handles<TestTopic>, group = `test.${randomUUID()}`): BatchConsumer {
  const consumer = new BatchConsumer(config, {
    group,
    subscriptions: [{ topic, handler: handler, fromBeginning: true }],
    publisher,
    onDead: (error) => dead.push(error),
  });
  running.push(consumer);
  return consumer;
}

async function metricOf(name: string, group: string): Promise<number | undefined> {
  const line = (await metricsText()).split('\n').find((text) => text.startsWith(`${name}{`) && text.includes(group));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

const lagOf = (group: string): Promise<number | undefined> => metricOf('carillon_consumer_lag_records', group);

/** How often a step for a batch of the group has failed: handling it, or writing its dead letters. */
const failuresOf = async (group: string): Promise<number> =>
  (await metricOf('carillon_handler_failures_total', group)) ?? 0;

async function committed(group: string, topic: string): Promise<number> {
  const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  return found!.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

describe('consuming', () => {
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
  }, 60_000);

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

  test('an unreadable record lands in the dead letters byte for byte, and the next one is handled', async () => {
    const topic = await created(uniqueTopic());
    const poison: RawRecord = {
      topic: topic.name,
      key: Buffer.from([0, 1, 0xfe]),
      value: Buffer.from([0x7b, 0xff, 0x00, 0x7d]),
      headers: {
        ce_id: 'p-1',
        ce_source: '/test',
        ce_type: topic.name,
        ce_specversion: '1.0',
        odd: Buffer.from([0xff]),
      },
    };
    await publisher.publishRecords([poison]);
    await publisher.publish(topic, [event(1)]);
    const handled: number[] = [];
    const rejected: Rejection[] = [];
    await consumerOf(topic, {
      handle: (batch) => Promise.resolve(void handled.push(...batch.records.map(({ data }) => data.n))),
      rejected: (rejections) => Promise.resolve(void rejected.push(...rejections)),
    }).start();
    const letters: { key: Buffer | null; value: Buffer | null; headers: Record<string, unknown> }[] = [];
    const reader = kafkajsClient(config, patientRetry).consumer({
      groupId: `test.${randomUUID()}`,
      maxWaitTimeInMs: 100,
    });
    await reader.subscribe({ topic: deadLetterNameOf(topic), fromBeginning: true });
    await reader.run({
      eachMessage: ({ message }) => Promise.resolve(void letters.push({ ...message, headers: message.headers ?? {} })),
    });
    await until(() => letters.length === 1 && handled.length === 1);
    await reader.disconnect();
    const [letter] = letters;
    expect(letter!.key).toEqual(poison.key);
    expect(letter!.value).toEqual(poison.value);
    for (const [name, value] of Object.entries(poison.headers))
      expect(letter!.headers[name]).toEqual(Buffer.from(value));
    expect(String(letter!.headers['dlq_reason'])).toBe('not_utf8');
    expect(String(letter!.headers['dlq_offset'])).toBe('0');
    expect(handled).toEqual([1]);
    expect(rejected).toMatchObject([{ code: 'not_utf8', id: 'p-1' }]);
  });

  test('a record the handler rejects goes to the dead letters, the others count as handled', async () => {
    const topic = await created(uniqueTopic());
    await publisher.publish(topic, [event(1), event(2), event(3)]);
    const group = `test.${randomUUID()}`;
    await consumerOf(
      topic,
      {
        handle(batch) {
          for (const record of batch.records)
            if (record.data.n === 2) batch.reject(record, 'unknown_tenant', 'no such tenant');
          return Promise.resolve();
        },
      },
      group,
    ).start();
    await until(async () => (await committed(group, topic.name)) === 3);
    const [end] = await admin.fetchTopicOffsets(deadLetterNameOf(topic));
    expect(end!.high).toBe('1');
  });

  test('while the dead letters are unavailable nothing is skipped', async () => {
    const topic = uniqueTopic();
    await admin.createTopics({
      waitForLeaders: false,
      timeout: 10_000,
      topics: [{ topic: topic.name, numPartitions: 1, replicationFactor: 1, configEntries: [] }],
    });
    await publisher.publishRecords([{ topic: topic.name, key: null, value: 'poison', headers: {} }]);
    const impatient = new Publisher(config, { unknownTopicMs: 200 });
    const group = `test.${randomUUID()}`;
    const subscriptions = [{ topic, handler: { handle: () => Promise.resolve() }, fromBeginning: true }];
    const consumer = new BatchConsumer(config, {
      group,
      subscriptions,
      publisher: impatient,
      onDead: (error) => dead.push(error),
    });
    running.push(consumer);
    await consumer.start();
    await until(async () => (await failuresOf(group)) >= 2);
    expect(await committed(group, topic.name)).toBe(0);
    await ensureTopics(config, [topic], 'create');
    await until(async () => (await committed(group, topic.name)) === 1);
    expect((await admin.fetchTopicOffsets(deadLetterNameOf(topic)))[0]!.high).toBe('1');
    await consumer.stop();
    await impatient.close();
  }, 30_000);

  test('a consumer that can not go on is reported as dead', async () => {
    const topic = await created(uniqueTopic());
    const death = new Promise<Error>((resolve) => {
      // Below the broker's least session time-out: joining is refused for good.
      const subscriptions = [{ topic, handler: { handle: () => Promise.resolve() } }];
      const consumer = new BatchConsumer(
        { ...config, sessionTimeoutMs: 100 },
        { group: `test.${randomUUID()}`, subscriptions, publisher, onDead: resolve },
      );
      running.push(consumer);
      void consumer.start();
    });
    expect((await death).message).toMatch(/session timeout/i);
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
    expect(await committed(group, topic.name)).toBeLessThanOrEqual(2 + 21 + 21);
    poisonous = false;
    await until(async () => (await committed(group, topic.name)) === 4 + 21 + 21);
    expect(of(0)).toEqual([0, 1, 2, 3]);
    expect(await stalled()).toBe(false);
    await until(async () => (await lagOf(group)) === 0);
  }, 90_000);

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
  }, 30_000);

  test('stopping leaves the group at once: the next member has the partitions within two seconds', async () => {
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
    const leftAt = Date.now();
    await until(() => second.assigned(topic.name).length === 2);
    expect(Date.now() - leftAt).toBeLessThan(2_500);
    await publisher.publish(topic, [event(1, { key: 'a' }), event(2, { key: 'b' }), event(3, { key: 'c' })]);
    await until(() => seen.length === 3);
  }, 30_000);

  test('catching up ends when everything that lay there is committed, and at once where nothing lies', async () => {
    const topic = await created(uniqueTopic({ partitions: 4 }));
    await publisher.publish(topic, [event(1, { key: 'a' }), event(2, { key: 'b' })]);
    let handled = 0;
    const consumer = consumerOf(topic, {
      handle: async (batch) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        handled += batch.records.length;
      },
    });
    void consumer.start();
    await untilCaughtUp(config, consumer, AbortSignal.timeout(20_000));
    expect(handled).toBe(2);

    const empty = consumerOf(await created(uniqueTopic({ partitions: 4 })), { handle: () => Promise.resolve() });
    const startedAt = Date.now();
    await untilCaughtUp(config, empty, AbortSignal.timeout(5_000));
    expect(Date.now() - startedAt).toBeLessThan(1_000);
  }, 30_000);

  test('a log that ends in something that is no record holds nobody up', async () => {
    const topic = await created(uniqueTopic());
    const producer = kafkajsClient(config, patientRetry).producer({
      transactionalId: randomUUID(),
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: topic.name, messages: [{ value: 'never seen' }] });
    await transaction.abort();
    await producer.disconnect();
    const consumer = consumerOf(topic, { handle: () => Promise.resolve() });
    void consumer.start();
    await untilCaughtUp(config, consumer, AbortSignal.timeout(15_000));
  }, 30_000);
});
