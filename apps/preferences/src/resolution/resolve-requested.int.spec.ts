// The way of a request through this service, on a real broker and a real database.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import type { InstallationState, NotificationRequest, RecipientState } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { DeadLetters, ensureTopics, Publisher, type Outgoing } from '@carillon/messaging';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { startForTest, testIssuer, type TestIssuer, type TestService } from '@carillon/runtime/testing';
import { config } from '../config.ts';
import type { Explanation } from '../ingestion/explain.controller.ts';
import { service } from '../service.ts';
import { privateTopics, Seen, until } from '../testing/private-topics.ts';

jest.setTimeout(60_000);

const brokers = process.env['TEST_KAFKA_BROKERS'] ?? '';
const kafka = { brokers: brokers.split(','), clientId: 'preferences-spec', maxWaitMs: 50 };
const { run, topics, module, publisher: redirected } = privateTopics();
const publisher = new Publisher(kafka);
const resolved = new Seen(kafka, topics.resolved, run, publisher);
const outcomes = new Seen(kafka, topics.outcome, run, publisher);
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let database: TestDatabase;
let issuer: TestIssuer;
let running: TestService;

const event = <T>(id: string, data: T): Outgoing<T> => ({ id, source: '/acme/reports', data });
const ask = (id: string, given: Partial<NotificationRequest>): Outgoing<NotificationRequest> =>
  event(id, { tenantId: 'acme', type: 'report.ready', title: 'Report ready', ...given });
const member = (memberId: string, given: Partial<RecipientState> = {}): RecipientState => ({
  tenantId: 'acme',
  memberId,
  email: `${memberId}@acme.test`,
  name: memberId,
  active: true,
  links: [{ installationId: 'main', status: 'matched', teamId: 'T1', slackUserId: `U-${memberId}` }],
  version: 1,
  ...given,
});
const installation: InstallationState = {
  ...{ installationId: 'main', tenantId: 'acme', name: 'Main', profile: 'direct', state: 'active', teamId: 'T1' },
  ...{
    isEnterpriseInstall: false,
    appId: 'A1',
    botUserId: 'B1',
    scopes: [],
    installedAt: '2026-01-01T00:00:00Z',
    version: 1,
  },
};

beforeAll(async () => {
  issuer = await testIssuer();
  database = await createTestDatabase();
  await ensureTopics(kafka, Object.values(topics), 'create');
  // Before the service has ever been started: a request, and only behind it what it needs to be resolved.
  await publisher.publish(topics.requested, [{ ...ask('early', { to: [{ member: 'ada' }] }), traceparent }]);
  await publisher.publish(
    topics.recipients,
    ['ada', 'bob'].map((id) => event(id, member(id))),
  );
  await publisher.publish(topics.recipients, [event('zoe', member('zoe', { links: [] }))]);
  await publisher.publish(topics.installations, [event('main', installation)]);
  running = await startForTest({
    name: `preferences-${run}`,
    config,
    database: service.database,
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
    },
  });
  await Promise.all([resolved.start(), outcomes.start()]);
});

afterAll(async () => {
  await running?.stop();
  await Promise.all([resolved.stop(), outcomes.stop()]);
  await publisher.close();
  await issuer?.close();
  await database?.drop();
});

const resolvedFor = (id: string) => {
  const notificationId = notificationIdOf('acme', '/acme/reports', id);
  return until(`${id} is resolved`, () =>
    resolved.records.find((record) => record.data.notification.notificationId === notificationId),
  );
};

test('a request that was waiting before the first start is resolved with what the replicas hold', async () => {
  const record = await resolvedFor('early');
  expect(record.data.decisions).toMatchObject([
    { recipient: 'member:ada', verdict: 'send', destinations: [{ channel: 'U-ada' }] },
  ]);
  expect(record).toMatchObject({ traceparent, source: '/carillon/preferences', key: null });
});

test('a request without a trace begins one', async () => {
  await publisher.publishRecords([rawRequest('untraced', { tenantId: 'acme', type: 'report.ready', title: 'x' })]);
  const record = await resolvedFor('untraced');
  expect(record.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0\d$/);
  expect(record.data.decisions).toEqual([]);
});

test('what cannot be resolved reaches the dead letters and its producer as failed, and the next request is resolved', async () => {
  const sameKey = { orderingKey: 'poison' };
  await publisher.publishRecords([
    rawRequest('p1', '{not json'),
    rawRequest('p2', { tenantId: 'acme', type: 'report.ready', titel: 'x' }),
    rawRequest('p3', { tenantId: 'nobody', type: 'report.ready', title: 'x' }),
    rawRequest('p4', { tenantId: 'acme', type: 'no.such', title: 'x' }),
    rawRequest('p5', { tenantId: 'acme', type: 'report.ready', title: 'x' }, '/globex/reports'),
    rawRequest('p6', { tenantId: 'acme', type: 'report.ready', title: 'x', to: [{ channel: '#general' }] }),
    rawRequest('p7', {
      tenantId: 'acme',
      type: 'report.ready',
      title: 'x',
      slack: { blocks: [section('<!channel>')] },
    }),
    rawRequest('p8', {
      tenantId: 'acme',
      type: 'report.ready',
      title: 'x',
      to: [{ member: 'ada' }],
      slack: { blocks: [section('<@U0STRANGER>')] },
    }),
  ]);
  await publisher.publish(topics.requested, [ask('after-poison', { ...sameKey, to: [{ member: 'ada' }] })]);
  expect((await resolvedFor('after-poison')).data.decisions).toHaveLength(1);
  const letters = new DeadLetters(kafka, [topics.requested]);
  try {
    const reasons = await until('eight dead letters are there', async () => {
      const list = await letters.list({ topic: topics.requested.name });
      return (
        list.length >= 8 &&
        list.map(({ reason, detail }) => (detail.includes('copy the id') ? 'channel_by_name' : reason)).sort()
      );
    });
    expect(reasons).toEqual([
      'broadcast_refused',
      'channel_by_name',
      'invalid_payload',
      'mention_refused',
      'not_json',
      'source_not_allowed',
      'unknown_tenant',
      'unknown_type',
    ]);
  } finally {
    await letters.close();
  }
  const recorded = await until('seven outcomes are there', () => outcomes.records.length >= 7 && outcomes.records);
  expect(recorded.map(({ data }) => [data.notification.id, data.outcome, data.reason]).sort()).toEqual([
    ['p2', 'failed', 'invalid_payload'],
    ['p3', 'failed', 'unknown_tenant'],
    ['p4', 'failed', 'unknown_type'],
    ['p5', 'failed', 'source_not_allowed'],
    ['p6', 'failed', 'invalid_payload'],
    ['p7', 'failed', 'broadcast_refused'],
    ['p8', 'failed', 'mention_refused'],
  ]);
});

test('what explain says is what is then resolved, a preference set a moment ago included', async () => {
  const bob = await issuer.token({ memberId: 'bob' });
  const body = { types: { 'report.ready': ['email'] } };
  expect((await running.request('PUT', '/v1/members/me/preferences', { token: bob, body })).status).toBe(200);
  const token = await issuer.token({ memberId: 'product', roles: ['product'] });
  const to = [
    { member: 'ada' },
    { member: 'bob' },
    { email: 'zoe@acme.test' },
    { email: 'guest@else.test' },
    { member: 'nobody' },
    { channel: 'C1' },
    { members: ['ada', 'bob'] },
  ];
  const posted = { source: '/acme/reports', id: 'explained', type: 'report.ready', title: 'Report ready', to };
  const explained = await running.request('POST', '/v1/explain', { token, body: posted });
  const accepted = await running.request('POST', '/v1/notifications', { token, body: posted });
  expect(accepted.status).toBe(202);
  const { recipients, notificationId } = explained.body as Explanation;
  const { source: _, id: __, ...unsent } = posted;
  const early = await running.request('POST', '/v1/explain', { token, body: unsent });
  expect(early).toMatchObject({ status: 200, body: { recipients } });
  expect(early.body).not.toHaveProperty('notificationId');
  expect(accepted.body).toEqual({ notificationId });
  const decisions = await until('all recipients are resolved', () => {
    const records = resolved.records.filter((record) => record.data.notification.notificationId === notificationId);
    const all = records.flatMap((record) => record.data.decisions);
    return all.length >= recipients.length && all;
  });
  const plain = recipients.map((recipient) => ({
    ...recipient,
    reasons: recipient.reasons.map(({ sentence: _, ...reason }) => reason),
  }));
  const byRecipient = (a: { recipient: string }, b: { recipient: string }): number =>
    a.recipient < b.recipient ? -1 : 1;
  expect([...decisions].sort(byRecipient)).toEqual([...plain].sort(byRecipient));
  expect(plain.find(({ recipient }) => recipient === 'member:bob')?.destinations).toMatchObject([{ kind: 'email' }]);
});

test("another tenant's installation is as unknown as one that does not exist", async () => {
  await publisher.publish(topics.installations, [
    event('theirs', { ...installation, installationId: 'theirs', tenantId: 'globex', teamId: 'T9' }),
  ]);
  await publisher.publish(topics.requested, [
    ask('theirs', {
      to: [
        { channel: 'C1', installation: 'theirs' },
        { channel: 'C1', installation: 'none' },
      ],
    }),
  ]);
  const [theirs, none] = (await resolvedFor('theirs')).data.decisions;
  // One recipient: nobody can tell the two apart.
  expect(none).toBeUndefined();
  expect(theirs).toMatchObject({
    verdict: 'suppress',
    recipient: 'channel:-:C1',
    reasons: [{ code: 'addressed' }, { code: 'unknown_installation' }],
  });
});

const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const posted = (more: string): string => `{"source":"/acme/x","id":"h","type":"report.ready","title":"x",${more}}`;

test.each([
  ['GET', '/v1/types?cursor=%00', ''],
  ['GET', `/v1/types?cursor=${Buffer.from('{"a":1}').toString('base64url')}`, ''],
  ['GET', '/v1/types?limit=-1', ''],
  ['GET', '/v1/types?limit=1&limit=2', ''],
  ['GET', '/v1/audit?cursor=WzFd&subject=%00', ''],
  ['GET', '/v1/members/%00/preferences', ''],
  ['GET', '/v1/members/%ED%A0%80/preferences', ''],
  ['GET', '/v1/members/__proto__/preferences', ''],
  ['GET', `/v1/members/${'x'.repeat(5_000)}/preferences`, ''],
  ['GET', '/v1/unsubscribe/%00.%00', ''],
  ['POST', `/v1/unsubscribe/${'x'.repeat(6_000)}`, ''],
  ['PUT', '/v1/members/me/preferences', '{"types":{"__proto__":["slack"]},"categories":{"constructor":[]}}'],
  ['PUT', '/v1/members/me/preferences', '{"types":[],"slackOff":"yes"}'],
  ['PUT', '/v1/defaults', deep(10_000)],
  ['PUT', '/v1/defaults', '{"types":{"a\\u0000b":[]}}'],
  ['POST', '/v1/notifications', posted(`"data":${deep(10_000)}`)],
  [
    'POST',
    '/v1/notifications',
    posted('"slack":{"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"\\ud800"}}]}'),
  ],
  ['POST', '/v1/notifications', posted(`"slack":{"blocks":[${deep(90)}]},"to":[{"member":"ada"}]`)],
  ['POST', '/v1/explain', '{"type":"__proto__","title":"x","to":[{"member":"\\u0000"}]}'],
  ['POST', '/v1/explain', '[]'],
])('%s %.60s with hostile input %.60s is answered, and not with a 5xx', async (method, path, body) => {
  const token = await issuer.token({ roles: ['owner', 'member'] });
  const begun = performance.now();
  const { status } = await running.request(method, path, { token, ...(body === '' ? {} : { body }) });
  expect(status).toBeLessThan(500);
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test('every change of what is chosen is in the audit log, with who made it and for whom', async () => {
  const owner = await issuer.token({ memberId: 'olga', roles: ['owner'] });
  const product = await issuer.token({ memberId: 'crm', roles: ['product'] });
  expect(
    (await running.request('PUT', '/v1/defaults', { token: owner, body: { types: { 'report.ready': ['slack'] } } }))
      .status,
  ).toBe(200);
  const paths = { own: '/v1/members/me/preferences', onBehalf: '/v1/members/bob/preferences' };
  expect((await running.request('PUT', paths.own, { token: owner, body: { slackOff: true } })).status).toBe(200);
  expect(
    (await running.request('PUT', paths.onBehalf, { token: product, body: { types: { 'report.ready': ['email'] } } }))
      .status,
  ).toBe(200);
  const entries = await running.request('GET', '/v1/audit?limit=3', { token: owner });
  expect((entries.body as { items: object[] }).items).toMatchObject([
    {
      action: 'preferences.changed',
      subject: 'member:bob',
      actor: { kind: 'product', id: 'crm' },
      detail: { types: ['report.ready'] },
    },
    {
      action: 'preferences.changed',
      subject: 'member:olga',
      actor: { kind: 'member', id: 'olga' },
      detail: { slackOff: true },
    },
    { action: 'defaults.changed', subject: 'tenant:acme', tenantId: 'acme', outcome: 'done' },
  ]);
});

test('the same request twice is resolved to records with the same ids', async () => {
  const to = Array.from({ length: 40 }, (_, i) => ({ email: `p${i}@else.test` }));
  await publisher.publish(topics.requested, [ask('twice', { to }), ask('twice', { to })]);
  const notificationId = notificationIdOf('acme', '/acme/reports', 'twice');
  const ids = await until('both are resolved', () => {
    const records = resolved.records.filter((record) => record.data.notification.notificationId === notificationId);
    return records.flatMap((record) => record.data.decisions).length >= 80 && records.map((record) => record.id);
  });
  expect(ids).toHaveLength(2 * new Set(ids).size);
});

test('an id that comes again with other content never shows one recipient what the other was to see', async () => {
  const salary = { to: [{ member: 'ada' }], title: 'Salary of Ada', body: 'private to Ada' };
  const lunch = { to: [{ member: 'bob' }], title: 'Lunch menu', body: 'for Bob' };
  const records = [ask('leak-1', salary), ask('leak-1', lunch), ask('leak-1', salary)];
  // Each in a partition of its own.
  await publisher.publish(
    topics.requested,
    records.map((record, partition) => ({ ...record, partition })),
  );
  const notificationId = notificationIdOf('acme', '/acme/reports', 'leak-1');
  const all = await until('three answers are there', () => {
    const found = resolved.records
      .filter(({ data }) => data.notification.notificationId === notificationId)
      .map(({ data }) => data);
    return found.length >= 3 && found;
  });
  const recorded = all.filter(({ decisions }) => decisions.length > 0);
  const heard = recorded[0]!.decisions[0]!.recipient;
  for (const { notification, decisions } of recorded) {
    expect(decisions.map(({ recipient }) => recipient)).toEqual([heard]);
    expect(notification.content.title).toBe(heard === 'member:ada' ? 'Salary of Ada' : 'Lunch menu');
  }
  const refused = all.filter(({ decisions }) => decisions.length === 0);
  expect(refused.length).toBe(heard === 'member:ada' ? 1 : 2);
  for (const { reasons, notification } of refused) {
    expect(reasons).toMatchObject([{ code: 'id_reused' }]);
    expect(notification.requestHash).not.toBe(recorded[0]!.notification.requestHash);
  }
  expect(outcomes.records.filter(({ data }) => data.notification.notificationId === notificationId)).toEqual([]);
});

test('a Slack user in raw blocks who hears nothing of it is refused, with the field and what to do', async () => {
  const token = await issuer.token({ roles: ['product'] });
  const body = {
    source: '/acme/reports',
    id: 'raw',
    type: 'report.ready',
    title: 'x',
    to: [{ member: 'ada' }],
    slack: { blocks: [section('<@U0STRANGER>')] },
  };
  for (const path of ['/v1/notifications', '/v1/explain']) {
    const answer = await running.request('POST', path, { token, body });
    expect(answer).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'slack.blocks[0].text.text', message: expect.stringContaining('`mentions`') }] },
    });
  }
});

test('posting an id again is accepted with the same content and refused with another', async () => {
  const token = await issuer.token({ roles: ['admin'] });
  const body = {
    source: '/acme/reports',
    id: 'posted-twice',
    type: 'report.ready',
    title: 'Report ready',
    to: [{ member: 'ada' }],
  };
  const first = await running.request('POST', '/v1/notifications', { token, body });
  const again = await running.request('POST', '/v1/notifications', {
    token,
    body: Object.fromEntries(Object.entries(body).reverse()),
  });
  expect([first.status, again.status, again.text]).toEqual([202, 202, first.text]);
  const elsewhere = { ...body, to: [{ member: 'bob' }] };
  const other = await running.request('POST', '/v1/notifications', { token, body: elsewhere });
  expect(other).toMatchObject({ status: 409, body: { title: 'Conflict', errors: [{ path: 'id' }] } });
  const { notificationId } = first.body as { notificationId: string };
  const line = await until('the first has a line about it', () =>
    resolved.records.find(
      ({ data }) => data.notification.notificationId === notificationId && data.reasons?.[0]?.code === 'id_reused',
    ),
  );
  expect(line.data.reasons).toMatchObject([{ detail: 'posted by ada' }]);
});

test('an id is free again where its request was refused: a corrected one is accepted', async () => {
  const token = await issuer.token({ roles: ['admin'] });
  const body = {
    source: '/acme/reports',
    id: 'corrected',
    type: 'report.ready',
    title: 'Report ready',
    to: [{ member: 'ada' }],
  };
  const tooLarge = { ...body, data: { text: 'x'.repeat(1024 * 1024 - 250) } };
  expect((await running.request('POST', '/v1/notifications', { token, body: tooLarge })).status).toBe(413);
  expect((await running.request('POST', '/v1/notifications', { token, body })).status).toBe(202);
});

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

function rawRequest(id: string, value: string | object, source = '/acme/reports') {
  const headers = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: source,
    ce_type: topics.requested.name,
    'content-type': 'application/json',
  };
  return {
    topic: topics.requested.name,
    key: 'poison',
    value: typeof value === 'string' ? value : JSON.stringify(value),
    headers,
  };
}
