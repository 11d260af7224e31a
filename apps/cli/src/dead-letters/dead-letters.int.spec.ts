// Publishing and mending from a terminal, on a real broker.
import { randomUUID } from 'node:crypto';
import { notificationRequested, slackInteraction } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { BatchConsumer, ensureTopics, Publisher, type Handles, type Received } from '@carillon/messaging';
import { testKafka, until } from '@carillon/messaging/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { carillon } from '../testing/test-terminal.ts';

const config = testKafka();
const env = { KAFKA_BROKERS: config.brokers.join(',') };
const publisher = new Publisher(config);
const marker = randomUUID();
const consumers: BatchConsumer[] = [];

beforeAll(() => ensureTopics(config, [notificationRequested, slackInteraction], 'create'));
afterAll(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  await publisher.close();
});

async function reading(topic: typeof notificationRequested | typeof slackInteraction, seen: Received[]): Promise<void> {
  const handler: Handles = { handle: (batch) => Promise.resolve(void seen.push(...batch.records)) };
  const consumer = new BatchConsumer(config, { group: `test.${randomUUID()}`, subscriptions: [{ topic, handler, fromBeginning: true }], publisher, onDead: () => undefined });
  consumers.push(consumer);
  await consumer.start();
}

describe('on a real broker', () => {
  test('publish prints the id under which the notification will be known', async () => {
    const seen: Received[] = [];
    const said = await carillon(['publish', '--tenant', 'acme', '--type', 'report.ready', '--to', 'ada', '--title', 'Ready', '--id', marker, '--source', '/cli/test'], { env });
    expect(said).toMatchObject({ code: 0, out: `${notificationIdOf('acme', '/cli/test', marker)}\n` });
    await reading(notificationRequested, seen);
    await until(() => seen.some(({ id }) => id === marker));
  }, 40_000);

  test('a dead letter is listed, shown and sent again; a second list does not have it', async () => {
    const reason = `test_${marker.slice(0, 8)}`;
    const headers = { dlq_reason: reason, dlq_detail: 'data.x: is missing', dlq_topic: slackInteraction.name, dlq_partition: '0', dlq_offset: '7', ce_id: marker };
    await publisher.publishRecords([{ topic: `${slackInteraction.name}.dlq`, key: 'T1', value: '{"a":1}', headers }]);

    const listed = await carillon(['dead-letters', 'list', '--topic', 'slack.interaction', '--reason', reason], { env });
    expect(listed).toMatchObject({ code: 0 });
    const place = /slack\.interaction\/0\/\d+/.exec(listed.out)![0];
    const shown = await carillon(['dead-letters', 'show', place], { env });
    expect(shown.out).toContain(`reason       ${reason}`);
    expect(shown.out).toContain('value\n{\n  "a": 1\n}');

    const again = await carillon(['dead-letters', 'retry', place], { env });
    expect(again).toMatchObject({ code: 0, out: `${place}\n`, err: 'sent 1 again\n' });
    expect(await carillon(['dead-letters', 'list', '--reason', reason], { env })).toMatchObject({ code: 0, err: 'no dead letters\n' });
    expect((await carillon(['dead-letters', 'list', '--reason', reason, '--all', '--json'], { env })).out).toContain('retriedAt');
  }, 60_000);

  test('a dead letter that is not there is said to be not there', async () => {
    expect(await carillon(['dead-letters', 'show', 'slack.interaction/0/99999999'], { env })).toMatchObject({ code: 1, err: expect.stringContaining('no dead letter') as unknown });
    expect(await carillon(['dead-letters', 'show', 'nonsense'], { env })).toMatchObject({ code: 2 });
  }, 30_000);
});
