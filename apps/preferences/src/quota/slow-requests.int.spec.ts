// Requests that take a thousand times as long as usual ones, on a real broker and a real database: their tenant waits
// for them, and nobody else does.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { notificationIdOf } from '@carillon/domain/ids';
import pg from 'pg';
import { until } from '../testing/private-topics.ts';
import { requestOf, RunningPreferences } from '../testing/running-preferences.ts';

jest.setTimeout(90_000);

const preferences = new RunningPreferences();
const { topics, publisher } = preferences;
const resolved = preferences.seen(topics.resolved);
let client: pg.Client;

beforeAll(async () => {
  await preferences.start();
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

test("slow conditions of one tenant delay another tenant's request by a part of their time, and all are decided in order", async () => {
  const token = await preferences.issuer.token({ memberId: 'olga', roles: ['owner'] });
  for (const name of ['one', 'two', 'three']) {
    const when = 'data.items.all(x, data.items.all(y, x + y >= 0))';
    const body = { name, type: 'report.ready', when, tell: [{ channel: 'C1' }] };
    const { status } = await preferences.service.request('POST', '/v1/workflows', { token, body });
    expect(status).toBe(201);
  }
  const items = Array.from({ length: 60 }, (_, n) => n);
  const slow = Array.from({ length: 120 }, (_, n) => ({
    ...requestOf('acme', `slow${n}`, { to: [{ workflow: true }], data: { items } }),
    partition: 0,
  }));
  const single = { ...requestOf('globex', 'single', { to: [{ email: 'guest@else.test' }] }), partition: 0 };
  // One record batch: they are handled together.
  await publisher.publish(topics.requested, [...slow, single]);
  await until('the single one is resolved', () => arrived('globex', 'single') >= 0);
  const before = slow.filter(({ id }) => arrived('acme', id) >= 0).length;
  expect(before).toBeLessThan(slow.length / 2);
  await until('all are resolved', () => slow.every(({ id }) => arrived('acme', id) >= 0));
  const order = slow.map(({ id }) => arrived('acme', id));
  expect(order).toEqual([...order].sort((a, b) => a - b));
  await until('nobody is deferred', async () => (await client.query('SELECT FROM deferred_range')).rowCount === 0);
});
