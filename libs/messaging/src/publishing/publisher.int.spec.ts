// What publishing promises, on a real broker.
import { afterAll, describe, expect, test } from '@jest/globals';
import { InvalidPayload, RecordTooLarge } from '../errors.ts';
import { connectKafka, unlimitedRetry } from '../kafka/connect.ts';
import { testKafka } from '../testing/broker.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { createTopics } from '../testing/create-topics.ts';
import { Publisher } from './publisher.ts';

const config = testKafka();
const publisher = new Publisher(config, { unknownTopicMs: 500 });
const admin = connectKafka(config, unlimitedRetry).admin();

afterAll(() => Promise.all([publisher.close(), admin.disconnect()]));

async function countOf(topic: string): Promise<number> {
  return (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
}

describe('publisher', () => {
  test('more than a request holds is split so that nothing is refused', async () => {
    const topic = uniqueTopic({ partitions: 2 });
    await createTopics(config, [topic]);
    const text = 'x'.repeat(200_000);
    await publisher.publish(
      topic,
      Array.from({ length: 60 }, (_, n) => ({ id: String(n), source: '/test', data: { n, text, key: `k${n}` } })),
    );
    expect(await countOf(topic.name)).toBe(60);
  });

  test('the number of partitions is the one that the broker has', async () => {
    const topic = uniqueTopic({ partitions: 3 });
    await createTopics(config, [topic]);
    expect(await publisher.partitionsOf(topic)).toBe(3);
    await expect(publisher.partitionsOf(uniqueTopic())).rejects.toMatchObject({ code: 'unknown_topic' });
  });

  test('an oversized record is refused to its caller alone', async () => {
    const topic = uniqueTopic();
    await createTopics(config, [topic]);
    const big = { id: 'big', source: '/test', data: { n: 0, text: 'x'.repeat(1_100_000) } };
    const small = (n: number) => ({ id: String(n), source: '/test', data: { n } });
    const results = await Promise.allSettled([
      publisher.publish(topic, [small(1)]),
      publisher.publish(topic, [small(2), big, small(3)]),
      publisher.publish(topic, [small(4)]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((results[1] as PromiseRejectedResult).reason).toBeInstanceOf(RecordTooLarge);
    expect(await countOf(topic.name)).toBe(4);
  });

  test('what only the broker finds too large is found out without harm to the others', async () => {
    const topic = uniqueTopic();
    await createTopics(config, [topic]);
    const careless = new Publisher(config, { maxRecordBytes: 5_000_000, limits: { batchBytes: 5_000_000 } });
    const record = (n: number, bytes = 10) => ({
      id: String(n),
      source: '/test',
      data: { n, text: 'x'.repeat(bytes) },
    });
    const publishes = [record(1), record(2, 1_200_000), record(3), record(4)].map((one) =>
      careless.publish(topic, [one]),
    );
    const results = await Promise.allSettled(publishes);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'record_too_large', retry: 'never' });
    await careless.close();
  });

  test('a payload of another shape is not sent', async () => {
    const topic = uniqueTopic();
    await expect(
      publisher.publish(topic, [{ id: '1', source: '/test', data: { n: 'one' } as never }]),
    ).rejects.toBeInstanceOf(InvalidPayload);
  });

  test('a topic that does not exist fails its records and nobody else’s', async () => {
    const topic = uniqueTopic();
    await createTopics(config, [topic]);
    const unknown = publisher.publish(uniqueTopic(), [{ id: '1', source: '/test', data: { n: 1 } }]);
    await publisher.publish(topic, [{ id: '1', source: '/test', data: { n: 1 } }]);
    await expect(unknown).rejects.toMatchObject({ code: 'unknown_topic' });
  });

  test('a caller may give up while Kafka is away', async () => {
    const away = new Publisher({ ...config, brokers: ['127.0.0.1:9'] });
    const giveUp = AbortSignal.timeout(300);
    await expect(
      away.publish(uniqueTopic(), [{ id: '1', source: '/test', data: { n: 1 } }], { signal: giveUp }),
    ).rejects.toMatchObject({ code: 'publish_aborted' });
    await away.close(100);
  });

  test('publishes of one moment share requests and all are there afterwards', async () => {
    const topic = uniqueTopic({ partitions: 3 });
    await createTopics(config, [topic]);
    await Promise.all(
      Array.from({ length: 500 }, (_, n) =>
        publisher.publish(topic, [{ id: String(n), source: '/test', data: { n, key: `k${n % 9}` } }]),
      ),
    );
    expect(await countOf(topic.name)).toBe(500);
  });
});
