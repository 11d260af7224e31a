// What the making of topics promises, on a real broker.
import { deadLetterNameOf, type Topic } from '@carillon/domain';
import { describe, expect, test } from '@jest/globals';

import { kafkajsClient } from '../kafka/clients/kafkajs/connect-kafkajs.ts';
import { connectKafka, unlimitedRetry } from '../kafka/connect.ts';
import { testKafka } from '../testing/broker.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { ensureTopics } from './ensure-topics.ts';

const config = testKafka();

describe('ensureTopics', () => {
  test('makes topics and their dead letters as declared, so that a second look finds no drift', async () => {
    const topics = [uniqueTopic({ partitions: 3 }), uniqueTopic({ partitions: 2, retention: 'compacted' })];
    expect(await ensureTopics(config, topics, 'create')).toEqual([]);
    expect(await ensureTopics(config, topics, 'verify')).toEqual([]);
  });

  test('makes no more partitions than a small broker is to have, and calls that no drift', async () => {
    const topics = [uniqueTopic({ partitions: 5 }), uniqueTopic({ partitions: 2 })];
    expect(await ensureTopics(config, topics, 'create', { maxPartitions: 3 })).toEqual([]);
    expect(await ensureTopics(config, topics, 'verify')).toEqual([
      { topic: topics[0]!.name, setting: 'partitions', expected: '5', actual: '3' },
    ]);
  });

  test('six services may do it at the same moment', async () => {
    const topics = Array.from({ length: 4 }, () => uniqueTopic({ partitions: 2 }));
    const results = await Promise.all(Array.from({ length: 6 }, () => ensureTopics(config, topics, 'create')));
    expect(results).toEqual(Array.from({ length: 6 }, () => []));
  });

  test('reports what differs from the declaration and changes nothing', async () => {
    const declared = uniqueTopic({ partitions: 2, retention: '1d' });
    await ensureTopics(config, [declared], 'create');
    const admin = connectKafka(config, unlimitedRetry).admin();
    const changed = { ...uniqueTopic({ partitions: 5, retention: '3d' }), name: declared.name } as Topic;
    const drift = await ensureTopics(config, [changed], 'create');
    expect(drift).toEqual([
      { topic: declared.name, setting: 'partitions', expected: '5', actual: '2' },
      { topic: declared.name, setting: 'retention.ms', expected: '259200000', actual: '86400000' },
    ]);
    expect((await admin.fetchTopicMetadata({ topics: [declared.name] })).topics[0]!.partitions).toHaveLength(2);
    await admin.disconnect();
  });

  test('verify reports a compacted topic whose tombstones go too early or whose times are the producers’ choice', async () => {
    const topic = uniqueTopic({ retention: 'compacted' });
    const admin = kafkajsClient(config, unlimitedRetry).admin();
    const configEntries = [{ name: 'cleanup.policy', value: 'compact' }];
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        { topic: topic.name, numPartitions: 1, configEntries },
        { topic: deadLetterNameOf(topic), numPartitions: 1 },
      ],
    });
    await admin.disconnect();
    const drift = await ensureTopics(config, [topic], 'verify');
    expect(drift.filter((difference) => difference.topic === topic.name)).toEqual([
      { topic: topic.name, setting: 'delete.retention.ms', expected: '1209600000', actual: '86400000' },
      { topic: topic.name, setting: 'message.timestamp.type', expected: 'LogAppendTime', actual: 'CreateTime' },
    ]);
  });

  test('verify names the topics that are missing', async () => {
    const topic = uniqueTopic();
    await expect(ensureTopics(config, [topic], 'verify')).rejects.toMatchObject({
      code: 'topics_missing',
      message: expect.stringContaining(topic.name) as unknown,
    });
  });
});
