// What a product team does, on a real broker.
import { randomUUID } from 'node:crypto';
import { notificationOutcome, notificationRequested, notificationRetracted } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import {
  BatchConsumer,
  ensureTopics,
  InvalidPayload,
  Publisher,
  type Handles,
  type Received,
} from '@carillon/messaging';
import { testKafka, until } from '@carillon/messaging/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createOutcomeConsumer, createProducer, type Outcome } from './index.ts';

const config = testKafka();
const source = `/test/${randomUUID()}`;
const producer = createProducer({ brokers: config.brokers, source });
const publisher = new Publisher(config);

beforeAll(() =>
  ensureTopics(config, [notificationRequested, notificationRetracted, notificationOutcome], 'create', {
    maxPartitions: 12,
  }),
);
afterAll(() => Promise.all([producer.close(), publisher.close()]));

test('a request and its retraction arrive as declared, under the id that everybody derives', async () => {
  const seen: Received[] = [];
  const handler: Handles = {
    handle: (batch) => Promise.resolve(void seen.push(...batch.records.filter((record) => record.source === source))),
  };
  const consumer = new BatchConsumer(config, {
    group: `test.${randomUUID()}`,
    subscriptions: [notificationRequested, notificationRetracted].map((topic) => ({ topic, handler })),
    publisher,
    onDead: () => undefined,
  });
  await consumer.start();
  const request = { tenantId: 'acme', type: 'report.ready', to: [{ member: 'ada' }], title: 'Report ready' };
  // A group without offsets begins where it first looks: repeat until seen, which is what ids are for.
  const id = await producer.notify(request, { id: 'r-1' });
  expect(id).toBe(notificationIdOf('acme', source, 'r-1'));
  await until(async () => {
    await producer.notify(request, { id: 'r-1' });
    expect(await producer.retract({ tenantId: 'acme', id: 'r-1' })).toBe(id);
    return new Set(seen.map(({ topic }) => topic)).size === 2;
  });
  await consumer.stop();
  expect(seen.find(({ topic }) => topic === notificationRequested.name)).toMatchObject({ id: 'r-1', data: request });
  expect(seen.find(({ topic }) => topic === notificationRetracted.name)).toMatchObject({
    key: id,
    data: { tenantId: 'acme', source, id: 'r-1' },
  });
});

test('a misspelt field is refused by name before anything is sent', async () => {
  const request = { tenantId: 'acme', type: 'report.ready', title: 'x', to: [{ membr: 'ada' }] } as never;
  await expect(producer.notify(request, { id: 'r-2' })).rejects.toThrow(InvalidPayload);
  await expect(producer.notify(request, { id: 'r-2' })).rejects.toThrow(/to\[0\]\.membr: unknown field/);
});

test('outcomes of the own source are received, those of other sources are not', async () => {
  const received: Outcome[] = [];
  const consumer = createOutcomeConsumer({
    brokers: config.brokers,
    group: `test.${randomUUID()}`,
    source,
    fromBeginning: true,
    handle: (outcomes) => Promise.resolve(void received.push(...outcomes)),
  });
  const outcomeOf = (from: string) => ({
    tenantId: 'acme',
    notification: { source: from, id: 'r-1', notificationId: notificationIdOf('acme', from, 'r-1') },
    outcome: 'delivered' as const,
    ...{ attempts: 1, possibleDuplicate: false, possiblyDelivered: false, at: new Date().toISOString() },
  });
  // One partition, so that the own outcome is a signal that the other one was read before it.
  const [carillon, partition] = ['/carillon/delivery', 0];
  await publisher.publish(notificationOutcome, [
    { id: 'o-0', source: carillon, data: outcomeOf('/somebody/else'), partition },
    { id: 'o-1', source: carillon, data: outcomeOf(source), partition },
  ]);
  await consumer.start();
  await until(() => received.length > 0);
  await consumer.stop();
  expect(received).toHaveLength(1);
  expect(received[0]).toMatchObject({ eventId: 'o-1', outcome: 'delivered', notification: { source } });
});
