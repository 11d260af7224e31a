// A tenant's burst beyond its quota, and a request to everyone, while preferences is killed between each effect and its
// record: requests recorded as deferred, published, resolved. Nothing is lost, what shares an ordering key is first
// resolved in its order, what is repeated has the same ids, and a neighbour's request does not wait for the burst.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { notificationIdOf } from '@carillon/domain/ids';
import type { Checkpoint } from '@carillon/telemetry';
import { kafkaClient, recordOf, startPlayground, type Playground } from '@carillon/playground';
import type { Consumer, Producer } from 'kafkajs';
import { killAt, noKill } from './checkpoints/kill-at.ts';
import { stoppedByTeardown, teardown } from './teardown.ts';
import { until } from './until.ts';

const requested = 'carillon.notification.requested.v1';
const resolved = 'carillon.notification.resolved.v1';
const burst = 1_500;
const keys = 24;

let playground: Playground;
let producer: Producer;
let consumer: Consumer;
/** Ids of resolved records, in the order of their first arrival, with how often they arrived. */
const seen = new Map<string, number>();
const firstAt = new Map<string, number>();
/** By notification: how many records have a decision for each recipient. */
const recipients = new Map<string, Map<string, number>>();

const decisionsIn = (value: Buffer | null): { recipient: string }[] =>
  value ? (JSON.parse(value.toString()) as { decisions: { recipient: string }[] }).decisions : [];

beforeAll(async () => {
  const preferences = {
    QUOTA_REQUESTS_PER_SECOND: '20',
    QUOTA_BURST: '50',
    DEFERRED_REQUESTS_PER_SECOND: '300',
    KAFKA_SESSION_TIMEOUT_MS: '6s',
  };
  playground = await stoppedByTeardown((signal) =>
    startPlayground({
      portOffset: 'free',
      quiet: true,
      durable: false,
      services: ['preferences'],
      autoRestart: false,
      env: { preferences },
      signal,
    }),
  );
  const kafka = kafkaClient(playground.kafka.brokers, 'e2e');
  producer = kafka.producer({ allowAutoTopicCreation: false });
  consumer = kafka.consumer({ groupId: `e2e-${randomUUID()}`, maxWaitTimeInMs: 50 });
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topics: [resolved], fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      const id = String(message.headers?.['ce_id']);
      seen.set(id, (seen.get(id) ?? 0) + 1);
      const notificationId = id.slice(0, 36);
      if (!firstAt.has(notificationId)) firstAt.set(notificationId, firstAt.size);
      for (const { recipient } of decisionsIn(message.value)) {
        const told = recipients.get(notificationId) ?? new Map<string, number>();
        recipients.set(notificationId, told.set(recipient, (told.get(recipient) ?? 0) + 1));
      }
      return Promise.resolve();
    },
  });
});

afterAll(async () => {
  await Promise.allSettled([producer?.disconnect(), consumer?.disconnect()]);
  await teardown();
});

function request(tenantId: string, id: string, orderingKey: string) {
  // One recipient: what is decided one after the other is then read one after the other.
  const data = { tenantId, type: 'report.ready', title: id, to: [{ email: 'one@else.test' }], orderingKey };
  return recordOf(requested, { key: orderingKey, id, source: `/${tenantId}/reports`, data });
}

const at = (tenantId: string, id: string): number | undefined =>
  firstAt.get(notificationIdOf(tenantId, `/${tenantId}/reports`, id));

describe('under a burst of 1,500 requests', () => {
  test.each<{ checkpoint: Checkpoint; times: number }>([
    { checkpoint: 'quota.deferred', times: 3 },
    { checkpoint: 'resolution.published', times: 4 },
    { checkpoint: 'deferred.resolved', times: 2 },
  ])('preferences dies at $checkpoint: nothing is lost, and each key stays in order', async ({ checkpoint, times }) => {
    const preferences = playground.service('preferences');
    await preferences.restart({ env: killAt(checkpoint, times) });
    const died = preferences.ended();
    const run = checkpoint.replace('.', '-');
    const ids = Array.from({ length: burst }, (_, n) => `${run}-${n}`);
    for (let from = 0; from < burst; from += 300) {
      await producer.send({
        topic: requested,
        acks: -1,
        messages: ids.slice(from, from + 300).map((id, n) => request('acme', id, `k${(from + n) % keys}`)),
      });
    }
    expect(await died).toEqual({ code: null, signal: 'SIGKILL' });
    // They are there before the process is: how fast it starts says nothing about whether they wait for the burst.
    const neighbours = Array.from({ length: keys }, (_, n) => `${run}-neighbour-${n}`);
    await producer.send({
      topic: requested,
      acks: -1,
      messages: neighbours.map((id, n) => request('globex', id, `k${n}`)),
    });
    await preferences.restart({ env: noKill });
    const undecided = (): number =>
      ids.filter((id) => at('acme', id) === undefined).length +
      neighbours.filter((id) => at('globex', id) === undefined).length;
    await until('all to be decided', () =>
      undecided() === 0 ? true : Promise.reject(new Error(`${undecided()} are not`)),
    );
    for (let key = 0; key < keys; key++) {
      const order = ids.filter((_, n) => n % keys === key).map((id) => at('acme', id)!);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
    const last = Math.max(...ids.map((id) => at('acme', id)!));
    expect(Math.max(...neighbours.map((id) => at('globex', id)!))).toBeLessThan(last);
  });
});

test('preferences dies between two pages of everyone: each member is decided, and one page at most is repeated', async () => {
  const members = Array.from({ length: 3_500 }, (_, n) => `member-${n}`);
  await producer.send({
    topic: 'carillon.recipient.changed.v1',
    acks: -1,
    messages: members.map((memberId) => {
      const person = { memberId, email: `${memberId}@acme.test`, name: memberId, active: true, links: [] };
      return recordOf('carillon.recipient.changed.v1', {
        ...{ key: `acme:${memberId}`, id: memberId, source: '/carillon/directory-sync' },
        data: { tenantId: 'acme', ...person, version: Date.now() },
      });
    }),
  });
  const preferences = playground.service('preferences');
  // Its replica is complete when it is ready.
  await preferences.restart({ env: killAt('fan-out.published', 2) });
  const died = preferences.ended();
  const data = { tenantId: 'acme', type: 'report.ready', title: 'To all', to: [{ everyone: true }] };
  await producer.send({
    topic: requested,
    acks: -1,
    messages: [recordOf(requested, { key: 'everyone', id: 'everyone', source: '/acme/reports', data })],
  });
  expect(await died).toEqual({ code: null, signal: 'SIGKILL' });
  await preferences.restart({ env: noKill });
  const told = (): Map<string, number> => recipients.get(everyone) ?? new Map<string, number>();
  await until('all to be decided', () =>
    told().size >= members.length ? true : Promise.reject(new Error(`${told().size} are`)),
  );
  expect([...told().keys()].sort()).toEqual(members.map((id) => `member:${id}`).sort());
  expect([...told().values()].filter((times) => times > 1).length).toBeLessThanOrEqual(1_000);
});

const everyone = notificationIdOf('acme', '/acme/reports', 'everyone');

test('what was repeated has the ids that it had before', () => {
  expect([...seen.keys()].filter((id) => !id.startsWith(everyone)).length).toBe(firstAt.size - 1);
});
