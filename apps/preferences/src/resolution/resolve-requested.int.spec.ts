// The way of a request through this service, on a real broker and a real database.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { InstallationState, NotificationRequest, RecipientState } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { DeadLetters, type Outgoing } from '@carillon/messaging';
import type { Explanation } from '../explaining/explain.controller.ts';
import { until } from '../testing/private-topics.ts';
import { requestOf, RunningPreferences } from '../testing/running-preferences.ts';

jest.setTimeout(60_000);

const preferences = new RunningPreferences();
const { topics, publisher, kafka } = preferences;
const resolved = preferences.seen(topics.resolved);
const outcomes = preferences.seen(topics.outcome);
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const event = <T>(id: string, data: T): Outgoing<T> => ({ id, source: '/acme/reports', data });
const ask = (id: string, given: Partial<NotificationRequest>): Outgoing<NotificationRequest> =>
  requestOf('acme', id, given);
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
  await preferences.prepare();
  // Before the service has ever been started: a request, and only behind it what it needs to be resolved.
  await publisher.publish(topics.requested, [{ ...ask('early', { to: [{ member: 'ada' }] }), traceparent }]);
  await publisher.publish(
    topics.recipients,
    ['ada', 'bob'].map((id) => event(id, member(id))),
  );
  await publisher.publish(topics.recipients, [event('zoe', member('zoe', { links: [] }))]);
  await publisher.publish(topics.installations, [event('main', installation)]);
  await preferences.start();
});

afterAll(() => preferences.stop());

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
    rawRequest('p6', { tenantId: 'acme', type: 'report.ready', title: 'x', to: [{ channel: 'our general' }] }),
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
        list.map(({ reason, detail }) => (detail.includes('or its name') ? 'no_channel' : reason)).sort()
      );
    });
    expect(reasons).toEqual([
      'broadcast_refused',
      'invalid_payload',
      'mention_refused',
      'no_channel',
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
  const bob = await preferences.issuer.token({ memberId: 'bob' });
  const body = { types: { 'report.ready': ['email'] } };
  expect((await preferences.service.request('PUT', '/v1/members/me/preferences', { token: bob, body })).status).toBe(
    200,
  );
  const token = await preferences.issuer.token({ memberId: 'product', roles: ['product'] });
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
  const explained = await preferences.service.request('POST', '/v1/explain', { token, body: posted });
  const accepted = await preferences.service.request('POST', '/v1/notifications', { token, body: posted });
  expect(accepted.status).toBe(202);
  const { recipients, notificationId } = explained.body as Explanation;
  const { source: _, id: __, ...unsent } = posted;
  const early = await preferences.service.request('POST', '/v1/explain', { token, body: unsent });
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
    reasons: recipient.reasons.map(({ sentence: _, advice: __, ...reason }) => reason),
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
