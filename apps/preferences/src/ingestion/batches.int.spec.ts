// POST /v1/notifications with several at once, on a real broker and a real database.
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { notificationIdOf } from '@carillon/domain/ids';
import type { Platform } from '@carillon/runtime';
import { startForTest, type TestAnswer, type TestService } from '@carillon/runtime/testing';
import { service } from '../service.ts';
import { until } from '../testing/private-topics.ts';
import { RunningPreferences } from '../testing/running-preferences.ts';

jest.setTimeout(60_000);

const preferences = new RunningPreferences();
const requested = preferences.seen(preferences.topics.requested);
const burst = 1_500;
let product: string;
let other: string;

beforeAll(async () => {
  await preferences.start({ INGEST_NOTIFICATIONS_PER_SECOND: '2', INGEST_BURST: String(burst) });
  product = await preferences.issuer.token({ memberId: 'crm', roles: ['product'], tenantIds: ['acme', 'globex'] });
  other = await preferences.issuer.token({ memberId: 'erp', roles: ['product'], tenantId: 'globex' });
});
afterAll(() => preferences.stop());

const item = (id: string, given: object = {}) => ({
  ...{ tenantId: 'acme', source: '/acme/reports', id, type: 'report.ready', title: 'Ready', to: [{ member: 'ada' }] },
  ...given,
});
const idOf = (id: string, tenantId = 'acme') => notificationIdOf(tenantId, `/${tenantId}/reports`, id);
const post = (body: unknown, token = product, headers: Record<string, string> = {}): Promise<TestAnswer> =>
  preferences.service.request('POST', '/v1/notifications', { token, body, headers });
const itemsOf = ({ body }: TestAnswer) => (body as { items?: { status: number; notificationId?: string }[] }).items;
const published = (id: string): number => requested.records.filter((record) => record.id === id).length;

describe('a batch', () => {
  test('is answered item by item in order; what is valid is published although others are not', async () => {
    const answer = await post([
      item('m-1'),
      item('m-2', { type: undefined }),
      item('m-3', { type: 'no.such' }),
      item('m-4', { tenantId: 'initech' }),
      item('m-5', { body: 'a\0b' }),
      item('m-6', { data: { text: 'x'.repeat(1_100_000) } }),
      item('m-1'),
      item('m-1', { title: 'Other' }),
      item('m-7', { tenantId: 'globex', source: '/globex/reports' }),
      'no object',
    ]);
    expect(answer.status).toBe(207);
    expect(itemsOf(answer)).toMatchObject([
      { status: 202, notificationId: idOf('m-1') },
      { status: 400, errors: [{ path: 'notifications[1].type', message: 'is missing' }] },
      { status: 400, errors: [{ path: 'notifications[2].type' }] },
      { status: 403, errors: [{ path: 'notifications[3].tenantId' }] },
      { status: 400, errors: [{ path: 'notifications[4].body' }] },
      { status: 413, detail: expect.stringMatching(/at most \d+ bytes/), errors: [{ path: 'notifications[5]' }] },
      { status: 202, notificationId: idOf('m-1') },
      { status: 409, errors: [{ path: 'notifications[7].id' }] },
      { status: 202, notificationId: idOf('m-7', 'globex') },
      { status: 400, errors: [{ path: 'notifications[9]' }] },
    ]);
    await until('both are published', () => published('m-1') > 0 && published('m-7') > 0);
    expect(['m-2', 'm-3', 'm-4', 'm-5', 'm-6'].map(published)).toEqual([0, 0, 0, 0, 0]);
    // The too large one left its id free.
    expect((await post({ notifications: [item('m-6')] })).status).toBe(202);
  });

  test('equal items are one record; the same batch again has the same answer', async () => {
    const batch = { notifications: [item('e-1'), item('e-2'), item('e-1')] };
    const first = await post(batch);
    expect(first.status).toBe(202);
    expect(itemsOf(first)?.map(({ notificationId }) => notificationId)).toEqual(
      ['e-1', 'e-2', 'e-1'].map((id) => idOf(id)),
    );
    await until('both are published', () => published('e-1') > 0 && published('e-2') > 0);
    expect([published('e-1'), published('e-2')]).toEqual([1, 1]);
    expect((await post(batch)).text).toBe(first.text);
    expect(await post([item('e-1', { title: 'Other' }), item('e-2', { title: 'Other' })])).toMatchObject({
      status: 409,
      body: { title: 'Conflict', items: [{ status: 409 }, { status: 409 }] },
    });
  });

  test('of which nothing is valid is a 400 problem with the items', async () => {
    const answer = await post([item('n-1', { title: '' }), item('n-2', { type: undefined })]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer).toMatchObject({
      status: 400,
      body: {
        errors: [{ path: 'notifications[0].title' }, { path: 'notifications[1].type' }],
        items: [{ status: 400 }, { status: 400 }],
      },
    });
  });

  test.each([
    ['an empty list', [], 400, 'notifications'],
    ['no list', { notifications: 1 }, 400, 'notifications'],
    ['a field beside the list', { notifications: [], tenantId: 'acme' }, 400, 'tenantId'],
    ['more than 1,000', Array.from({ length: 1_001 }, () => 1), 413, 'notifications'],
  ])('%s is refused as a whole, and the field is named', async (_, body, status, path) => {
    expect(await post(body)).toMatchObject({ status, body: { errors: [{ path }] } });
  });

  test('may be CloudEvents, as people send them to Kafka', async () => {
    const { source, id, ...data } = item('c-1');
    const event = { specversion: '1.0', source, id, type: 'carillon.notification.requested.v1', data };
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    expect(await post([event, { ...event, id: 'c-2', data: {} }], product, headers)).toMatchObject({
      status: 207,
      body: {
        items: [
          { status: 202, notificationId: idOf('c-1') },
          { status: 400, errors: [{ path: 'notifications[1].data.type', message: 'is missing' }] },
        ],
      },
    });
    expect(await post(event, product, { 'content-type': 'application/cloudevents+json' })).toMatchObject({
      status: 202,
      body: { notificationId: idOf('c-1') },
    });
    expect((await post(event, product, headers)).status).toBe(400);
  });
});

describe('limits', () => {
  test('a body and one notification that are too large are a 413 that names the bytes', async () => {
    const text = (bytes: number) => item('l-1', { data: { text: 'x'.repeat(bytes) } });
    expect(await post([text(8 * 1024 * 1024)])).toMatchObject({
      status: 413,
      body: { detail: 'the body is larger than 8388608 bytes' },
    });
    expect(await post(text(1024 * 1024))).toMatchObject({
      status: 413,
      body: { detail: 'one notification is larger than 1048576 bytes' },
    });
  });

  test('bodies that a tenant holds open are bounded before they are read, and leave room for others', async () => {
    const { host, port } = { host: '127.0.0.1', port: Number(new URL(preferences.service.url).port) };
    const owner = await preferences.issuer.token({ roles: ['owner'], tenantId: 'acme' });
    const head = [
      'POST /v1/notifications HTTP/1.1',
      'host: x',
      `authorization: Bearer ${owner}`,
      'content-type: application/json',
      `content-length: ${6 * 1024 * 1024}`,
    ].join('\r\n');
    const open = new Set<Socket>();
    // Again where it is refused, as it is while another request holds what it needs.
    const holdOpen = (): void => {
      const socket = connect(port, host);
      open.add(socket);
      socket.write(`${head}\r\n\r\n[`);
      socket.once('data', () => {
        open.delete(socket.destroy());
        holdOpen();
      });
    };
    try {
      for (let n = 0; n < 2; n++) holdOpen();
      const refused = await until('the share of the tenant is taken', async () => {
        const answer = await post([item('h-1')], owner);
        return answer.status === 429 && answer;
      });
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(refused.body).toMatchObject({ detail: expect.stringContaining('acme') });
      const theirs = item('h-2', { tenantId: 'globex', source: '/globex/reports' });
      expect((await post([theirs], other)).status).toBe(202);
    } finally {
      for (const socket of open) socket.removeAllListeners('data').destroy();
    }
    await until('it is free again', async () => (await post([item('h-1')], owner)).status === 202);
  });

  test("a tenant's flood is a 429 that names the tenant and when to come back, and costs its neighbour nothing", async () => {
    const flood = Array.from({ length: 1_000 }, (_, n) => item(`f-${n}`));
    const answers: TestAnswer[] = [];
    while (answers.at(-1)?.status !== 429 && answers.length < 4) answers.push(await post(flood));
    const last = answers.at(-1)!;
    expect(last).toMatchObject({ status: 429, body: { detail: expect.stringContaining('the tenant acme') } });
    const seconds = Number(last.headers.get('retry-after'));
    expect(Number.isInteger(seconds) && seconds > 1).toBe(true);
    const theirs = item('f-x', { tenantId: 'globex', source: '/globex/reports' });
    expect(await post([...flood.slice(0, 999), theirs])).toMatchObject({
      status: 207,
      body: {
        items: expect.arrayContaining([
          expect.objectContaining({ status: 429 }),
          { status: 202, notificationId: idOf('f-x', 'globex') },
        ]),
      },
    });
    expect((await post(theirs, other)).status).toBe(202);
  });
});

describe('while Kafka accepts connections and does not answer', () => {
  let silent: Server;
  let stalled: TestService;
  let platform: Platform | undefined;
  const sockets: Socket[] = [];
  const postStalled = (body: unknown): Promise<TestAnswer> =>
    stalled.request('POST', '/v1/notifications', { token: other, body });
  const theirs = (id: string, given: object = {}) =>
    item(id, { tenantId: 'globex', source: '/globex/reports', ...given });

  beforeAll(async () => {
    silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    // Offline: it connects when it needs something, and the spec closes what was opened.
    stalled = await startForTest({
      ...service,
      offline: true,
      adjust: (parts) => void (platform = parts),
      env: {
        ...preferences.issuer.env,
        DATABASE_URL: preferences.databaseUrl,
        KAFKA_BROKERS: `127.0.0.1:${(silent.address() as AddressInfo).port}`,
      },
    });
  });
  afterAll(async () => {
    await stalled?.stop();
    for (const socket of sockets) socket.destroy();
    silent?.close();
    await Promise.all([platform?.publisher?.close(0), platform?.pool?.end()]);
  });

  test('a call is a 503 within 5 s; afterwards an equal one is accepted and another content is a conflict', async () => {
    const batch = [theirs('k-1'), theirs('k-2')];
    const begun = performance.now();
    const [whole, one] = await Promise.all([postStalled(batch), postStalled(theirs('k-3'))]);
    expect(performance.now() - begun).toBeLessThan(5_000);
    for (const answer of [whole, one]) {
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(itemsOf(answer)).toBeUndefined();
    }
    expect((await post([theirs('k-1', { title: 'Other' })], other)).status).toBe(409);
    expect((await post(batch, other)).status).toBe(202);
    expect((await post([theirs('k-1', { title: 'Other' })], other)).status).toBe(409);
    await until('each is published', () => published('k-1') === 1 && published('k-2') === 1);
  });
});
