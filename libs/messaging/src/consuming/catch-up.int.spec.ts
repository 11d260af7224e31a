// When a group counts as caught up, on a real broker.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { kafkajsClient } from '../kafka/clients/kafkajs/connect-kafkajs.ts';
import { unlimitedRetry } from '../kafka/retry-policy.ts';
import { event, testConsumers } from '../testing/test-consumers.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { untilCaughtUp } from './catch-up.ts';

const { config, publisher, created, consumerOf } = testConsumers();

describe('catching up', () => {
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
    // It is not started: whoever waited for it would wait until the signal.
    await untilCaughtUp(config, empty, AbortSignal.timeout(20_000));
  });

  test('a log that ends in something that is no record holds nobody up', async () => {
    const topic = await created(uniqueTopic());
    const producer = kafkajsClient(config, unlimitedRetry).producer({
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
  });
});
