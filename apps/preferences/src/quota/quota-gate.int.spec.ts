// A tenant's burst on a real broker and a real database: what exceeds the quota waits, in order, and nobody else does.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { NotificationRequest } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { DeadLetters, type Outgoing } from '@carillon/messaging';
import { metricsText } from '@carillon/telemetry';
import pg from 'pg';
import { until } from '../testing/private-topics.ts';
import { requestOf, RunningPreferences } from '../testing/running-preferences.ts';

jest.setTimeout(90_000);

const preferences = new RunningPreferences();
const { topics, publisher, kafka } = preferences;
const resolved = preferences.seen(topics.resolved);
const burst = 400;
const quota = 20;
let client: pg.Client;

const ask = (tenantId: string, id: string, given: Partial<NotificationRequest> = {}): Outgoing<NotificationRequest> =>
  requestOf(tenantId, id, { to: [{ email: 'guest@else.test' }], ...given });

beforeAll(async () => {
  await preferences.start({
    QUOTA_REQUESTS_PER_SECOND: '1',
    QUOTA_BURST: String(quota),
    DEFERRED_REQUESTS_PER_SECOND: '200',
  });
  client = new pg.Client({ connectionString: preferences.databaseUrl });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await preferences.stop();
});

const arrived = (tenantId: string, id: string): number => {
  const notificationId = notificationIdOf(tenantId, `/${tenantId}/reports`, id);
  return resolved.records.findIndex(({ data }) => data.notification.notificationId === notificationId);
};

const isResolved = ({ id }: Outgoing<NotificationRequest>, tenantId = 'acme'): boolean => arrived(tenantId, id) >= 0;

const nobodyIsDeferred = async (): Promise<boolean> =>
  (await client.query('SELECT FROM deferred_range')).rowCount === 0;

const deferredAndResolved = async (): Promise<number> => {
  const line = (await metricsText())
    .split('\n')
    .find((text) => text.startsWith('carillon_deferred_requests_resolved_total'));
  return Number(line?.split(' ').at(-1) ?? 0);
};

test("what exceeds the quota waits in order while another tenant's request passes; nothing is lost, and the tenant is free again", async () => {
  const requests = Array.from({ length: burst }, (_, n) => ask('acme', `b${n}`, { orderingKey: `k${n % 6}` }));
  await publisher.publish(topics.requested, requests);
  // Behind the burst in every partition.
  await publisher.publish(
    topics.requested,
    [0, 1, 2].map((partition) => ({ ...ask('globex', `single${partition}`), partition })),
  );
  await until('the single ones are resolved', () => [0, 1, 2].every((n) => arrived('globex', `single${n}`) >= 0));
  expect(requests.filter((request) => isResolved(request)).length).toBeLessThan(burst);
  await until('all are resolved', () => requests.every((request) => isResolved(request)));
  for (let key = 0; key < 6; key++) {
    const order = requests.filter((_, n) => n % 6 === key).map(({ id }) => arrived('acme', id));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  }
  await until('nobody is deferred', nobodyIsDeferred);
  expect(await deferredAndResolved()).toBeGreaterThanOrEqual(burst - quota - 10);
  await publisher.publish(topics.requested, [ask('acme', 'afterwards')]);
  await until('a later one is resolved', () => arrived('acme', 'afterwards') >= 0);
});

test('a deferred request that is refused is a dead letter of the requested topic, and does not stop those behind it', async () => {
  const before = await deferredAndResolved();
  const requests = [
    ...Array.from({ length: quota * 2 }, (_, n) => ask('globex', `c${n}`)),
    ask('globex', 'no-type', { type: 'no.such' }),
    ask('globex', 'last'),
  ];
  // One record batch: the gate sees all of them at once.
  await publisher.publish(
    topics.requested,
    requests.map((request) => ({ ...request, partition: 0 })),
  );
  await until('the last one is resolved', () => isResolved(requests.at(-1)!, 'globex'));
  await until('nobody is deferred', nobodyIsDeferred);
  expect(await deferredAndResolved()).toBeGreaterThanOrEqual(before + quota);
  const letters = new DeadLetters(kafka, [topics.requested]);
  try {
    const [letter, ...others] = await letters.list({ topic: topics.requested.name });
    expect(letter).toMatchObject({ reason: 'unknown_type', partition: 0 });
    expect(others).toEqual([]);
  } finally {
    await letters.close();
  }
});

test('a tenant that exceeds its quota by little does not wait for one that exceeds it by much', async () => {
  const many = Array.from({ length: 3 * burst }, (_, n) => ({ ...ask('acme', `many${n}`), partition: 1 }));
  const few = Array.from({ length: quota + 5 }, (_, n) => ({ ...ask('globex', `few${n}`), partition: 1 }));
  await publisher.publish(topics.requested, many);
  await publisher.publish(topics.requested, few);
  await until('the few are resolved', () => few.every((request) => isResolved(request, 'globex')));
  expect(many.filter((request) => isResolved(request)).length).toBeLessThan(many.length);
  await until('the many are resolved', () => many.every((request) => isResolved(request)));
});
