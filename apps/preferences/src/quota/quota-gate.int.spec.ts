// A tenant's burst on a real broker and a real database: what exceeds the quota waits, in order, and nobody else does.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import type { NotificationRequest } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { DeadLetters, ensureTopics, Publisher, type Outgoing } from '@carillon/messaging';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { startForTest, testIssuer, type TestIssuer, type TestService } from '@carillon/runtime/testing';
import pg from 'pg';
import { config } from '../config.ts';
import { service } from '../service.ts';
import { privateTopics, Seen, until } from '../testing/private-topics.ts';
import { movedFrom } from './moved-record.ts';

jest.setTimeout(90_000);

const brokers = process.env['TEST_KAFKA_BROKERS'] ?? '';
const kafka = { brokers: brokers.split(','), clientId: 'quota-spec', maxWaitMs: 50 };
const { run, topics, module, publisher: redirected } = privateTopics();
const publisher = new Publisher(kafka);
const resolved = new Seen(kafka, topics.resolved, run, publisher);
const bulk = new Seen(kafka, topics.bulk, run, publisher);
const burst = 400;
const quota = 20;

let database: TestDatabase;
let client: pg.Client;
let issuer: TestIssuer;
let running: TestService;

const ask = (
  tenantId: string,
  id: string,
  given: Partial<NotificationRequest> = {},
): Outgoing<NotificationRequest> => ({
  id,
  source: `/${tenantId}/reports`,
  data: { tenantId, type: 'report.ready', title: id, to: [{ email: 'guest@else.test' }], ...given },
});

beforeAll(async () => {
  issuer = await testIssuer();
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await ensureTopics(kafka, Object.values(topics), 'create');
  running = await startForTest({
    ...service,
    name: `quota-${run}`,
    config,
    topics: Object.values(topics),
    module,
    adjust: (platform) => {
      platform.publisher = redirected(platform.publisher!);
    },
    env: {
      ...issuer.env,
      DATABASE_URL: database.url,
      KAFKA_BROKERS: brokers,
      TENANTS_FILE: fileURLToPath(new URL('../testing/tenants.yaml', import.meta.url)),
      QUOTA_REQUESTS_PER_SECOND: '1',
      QUOTA_BURST: String(quota),
      BULK_REQUESTS_PER_SECOND: '200',
    },
  });
  await Promise.all([resolved.start(), bulk.start()]);
});

afterAll(async () => {
  await running?.stop();
  await Promise.all([resolved.stop(), bulk.stop()]);
  await publisher.close();
  await issuer?.close();
  await client?.end();
  await database?.drop();
});

const arrived = (tenantId: string, id: string): number => {
  const notificationId = notificationIdOf(tenantId, `/${tenantId}/reports`, id);
  return resolved.records.findIndex(({ data }) => data.notification.notificationId === notificationId);
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
  expect(requests.filter(({ id }) => arrived('acme', id) >= 0).length).toBeLessThan(burst);
  await until('all are resolved', () => requests.every(({ id }) => arrived('acme', id) >= 0));
  for (let key = 0; key < 6; key++) {
    const order = requests.filter((_, n) => n % 6 === key).map(({ id }) => arrived('acme', id));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  }
  expect(bulk.records.length).toBeGreaterThanOrEqual(burst - quota - 10);
  for (const { raw, partition, key } of bulk.records) {
    expect(String(raw.headers[movedFrom])).toMatch(new RegExp(`^${topics.requested.name}/${partition}/\\d+$`));
    expect(key).toMatch(/^k\d$/);
  }
  await until('nobody is behind', async () => (await client.query('SELECT FROM bulk_backlog')).rowCount === 0);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const before = bulk.records.length;
  await publisher.publish(topics.requested, [ask('acme', 'afterwards')]);
  await until('it is resolved', () => arrived('acme', 'afterwards') >= 0);
  expect(bulk.records.length).toBe(before);
});

test('a dead letter of a moved request says which record it was', async () => {
  await publisher.publish(
    topics.requested,
    Array.from({ length: quota * 2 }, (_, n) => ({ ...ask('globex', `c${n}`), partition: 0 })),
  );
  await publisher.publish(topics.requested, [{ ...ask('globex', 'no-type', { type: 'no.such' }), partition: 0 }]);
  const letters = new DeadLetters(kafka, [topics.bulk]);
  try {
    const letter = await until(
      'the dead letter is there',
      async () => (await letters.list({ topic: topics.bulk.name }))[0],
    );
    expect(letter).toMatchObject({ reason: 'unknown_type' });
    const { headers } = await letters.show(letter.topic, letter.partition, letter.offset);
    expect(String(headers[movedFrom])).toMatch(new RegExp(`^${topics.requested.name}/0/\\d+$`));
  } finally {
    await letters.close();
  }
});
