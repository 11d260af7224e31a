// Reading all keys of a compacted topic, on a real broker.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { tombstone } from '../events/encode.ts';
import { kafkajsClient } from '../kafka/clients/kafkajs/connect-kafkajs.ts';
import { unlimitedRetry } from '../kafka/retry-policy.ts';
import { batchBytes } from '../kafka/records/limits.ts';
import { Publisher } from '../publishing/publisher.ts';
import { testKafka, until } from '../testing/broker.ts';
import { createTopics } from '../testing/create-topics.ts';
import { sendForeign } from '../testing/foreign-producer.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { readAllKeys } from './read-all-keys.ts';

const config = testKafka();

describe('readAllKeys', () => {
  test('reads each partition to its end, tombstones and a log that ends in control records included, and leaves no group behind', async () => {
    const topic = uniqueTopic({ partitions: 3, retention: 'compacted' });
    await createTopics(config, [topic]);
    const publisher = new Publisher(config);
    await publisher.publish(
      topic,
      Array.from({ length: 500 }, (_, n) => ({ id: `r-${n}`, source: '/spec', data: { n, key: `k-${n}` } })),
    );
    await publisher.publishRecords([tombstone(topic, 'gone', 2)]);
    await publisher.close();
    await inTransaction(topic.name, 'transacted');
    const keys = new Set<string>();
    const clientId = `spec-${randomUUID()}`;
    await readAllKeys({ ...config, clientId }, topic, {
      signal: new AbortController().signal,
      onKeys: (more) => Promise.resolve(more.forEach((key) => keys.add(key))),
    });
    expect([...keys].sort()).toEqual([...Array.from({ length: 500 }, (_, n) => `k-${n}`), 'gone', 'transacted'].sort());
    const admin = kafkajsClient(config, unlimitedRetry).admin();
    expect((await admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith(clientId))).toEqual([]);
    await admin.disconnect();
  });

  test('has nothing to read in an empty topic', async () => {
    const topic = uniqueTopic({ retention: 'compacted' });
    await createTopics(config, [topic]);
    await readAllKeys(config, topic, {
      signal: new AbortController().signal,
      onKeys: () => Promise.reject(new Error('there is no key')),
    });
  });

  test('rejects where a batch cannot be read, since nobody knows its keys', async () => {
    const topic = uniqueTopic({ retention: 'compacted' });
    await createTopics(config, [topic]);
    await sendForeign(topic.name, [{ key: 'k', value: Buffer.alloc(batchBytes + 1_000_000) }], { gzip: true });
    const reading = readAllKeys(config, topic, {
      signal: new AbortController().signal,
      onKeys: () => Promise.resolve(),
    });
    await expect(reading).rejects.toMatchObject({
      code: 'unreadable_records',
      message: expect.stringContaining(topic.name) as unknown,
    });
  });

  test('rejects rather than taking a part for the whole', async () => {
    const topic = uniqueTopic({ retention: 'compacted' });
    await createTopics(config, [topic]);
    const publisher = new Publisher(config);
    await publisher.publish(topic, [{ id: 'r', source: '/spec', data: { n: 1, key: 'k' } }]);
    await publisher.close();
    let goOn = (): void => undefined;
    const stuck = new Promise<void>((resolve) => (goOn = resolve));
    const clientId = `spec-${randomUUID()}`;
    const options = { signal: new AbortController().signal, onKeys: () => stuck, stalledAfterMs: 2_000 };
    await expect(readAllKeys({ ...config, clientId }, topic, options)).rejects.toMatchObject({ retry: 'later' });
    goOn();
    // The consumer leaves only now. What it still loads for that must find Jest's modules.
    const admin = kafkajsClient(config, unlimitedRetry).admin();
    await until(async () => {
      const { groups } = await admin.listGroups();
      const ids = groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(clientId));
      return (await admin.describeGroups(ids)).groups.every(({ state }) => state === 'Empty' || state === 'Dead');
    });
    await admin.disconnect();
  });
});

/** The markers of a transaction are records too, the last ones of each partition that it wrote to. */
async function inTransaction(topic: string, key: string): Promise<void> {
  const producer = kafkajsClient(config, unlimitedRetry).producer({
    transactionalId: randomUUID(),
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [0, 1, 2].map((partition) => ({ key, value: '{}', partition })) });
  await transaction.commit();
  await producer.disconnect();
}
