// Consumers on the real broker for the specs of this folder. They share one publisher and one admin client per file,
// and are stopped when the file ends; a consumer that died fails the file.
import { randomUUID } from 'node:crypto';
import type { PayloadOf, Topic } from '@carillon/domain';
import { metricsText } from '@carillon/telemetry';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { BatchConsumer, type BatchConsumerOptions } from '../consuming/batch-consumer.ts';
import type { Handles } from '../consuming/batch.ts';
import type { Admin } from '../kafka/client.ts';
import { connectKafka, unlimitedRetry } from '../kafka/connect.ts';
import { Publisher } from '../publishing/publisher.ts';
import { testKafka } from './broker.ts';
import { createTopics } from './create-topics.ts';
import { uniqueTopic } from './unique-topic.ts';

export type TestTopic = ReturnType<typeof uniqueTopic>;

export const event = (n: number, data: Partial<PayloadOf<TestTopic>> = {}) => ({
  id: `e-${n}`,
  source: '/test',
  data: { n, ...data },
});

/** Called once at the top of a spec. */
export function testConsumers() {
  const config = testKafka();
  const publisher = new Publisher(config);
  const admin: Admin = connectKafka(config, unlimitedRetry).admin();
  const running: BatchConsumer[] = [];
  const dead: Error[] = [];

  beforeAll(() => admin.connect());
  afterAll(async () => {
    await Promise.all(running.map((consumer) => consumer.stop()));
    await publisher.close();
    await admin.disconnect();
    expect(dead).toEqual([]);
  });

  async function created<T extends Topic>(topic: T): Promise<T> {
    await createTopics(config, [topic]);
    return topic;
  }

  function consumerOf(
    topic: TestTopic,
    handler: Handles<TestTopic>,
    group = `test.${randomUUID()}`,
    options: Partial<BatchConsumerOptions> = {},
  ): BatchConsumer {
    const subscriptions = [{ topic, handler, fromBeginning: true }];
    const onDead = (error: Error): void => void dead.push(error);
    const consumer = new BatchConsumer(config, { group, subscriptions, publisher, onDead, ...options });
    running.push(consumer);
    return consumer;
  }

  /** The sum of the committed offsets of a topic, or that of one partition. */
  async function committed(group: string, topic: string, only?: number): Promise<number> {
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    return found!.partitions
      .filter(({ partition }) => only === undefined || partition === only)
      .reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  }

  /** The offset behind the last record of a partition. */
  async function endOf(topic: string, partition: number): Promise<number> {
    const ends = await admin.fetchTopicOffsets(topic);
    return Number(ends.find((end) => end.partition === partition)!.high);
  }

  return { config, publisher, admin, created, consumerOf, committed, endOf };
}

async function metricOf(name: string, group: string): Promise<number | undefined> {
  const line = (await metricsText()).split('\n').find((text) => text.startsWith(`${name}{`) && text.includes(group));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

export const lagOf = (group: string): Promise<number | undefined> => metricOf('carillon_consumer_lag_records', group);

/** How often a step for a batch of the group has failed: handling it, or writing its dead letters. */
export const failuresOf = async (group: string): Promise<number> =>
  (await metricOf('carillon_handler_failures_total', group)) ?? 0;
