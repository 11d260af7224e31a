// What becomes of records that cannot be handled, on a real broker.
import { randomUUID } from 'node:crypto';
import { deadLetterNameOf } from '@carillon/domain';
import { describe, expect, test } from '@jest/globals';
import type { RawRecord } from '../records/record.ts';
import { kafkajsClient } from '../kafka/clients/kafkajs/connect-kafkajs.ts';
import { unlimitedRetry } from '../kafka/retry-policy.ts';
import { Publisher } from '../publishing/publisher.ts';
import { until } from '../testing/broker.ts';
import { event, failuresOf, testConsumers } from '../testing/test-consumers.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { createTopics } from '../testing/create-topics.ts';
import type { Rejection } from '../records/rejection.ts';

const { config, publisher, admin, created, consumerOf, committed } = testConsumers();

describe('rejecting records', () => {
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
    const reader = kafkajsClient(config, unlimitedRetry).consumer({
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
      expect(Buffer.from(letter!.headers[name] as Buffer)).toEqual(Buffer.from(value));
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
    const handler = { handle: () => Promise.resolve() };
    const consumer = consumerOf(topic, handler, group, { publisher: impatient });
    await consumer.start();
    await until(async () => (await failuresOf(group)) >= 2);
    expect(await committed(group, topic.name)).toBe(0);
    await createTopics(config, [topic]);
    await until(async () => (await committed(group, topic.name)) === 1);
    expect((await admin.fetchTopicOffsets(deadLetterNameOf(topic)))[0]!.high).toBe('1');
    await consumer.stop();
    await impatient.close();
  });
});
