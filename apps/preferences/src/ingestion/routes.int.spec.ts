// What the routes for requests and preferences answer, with the whole service on a real broker and a real database.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { TestService } from '@carillon/runtime/testing';
import { until } from '../testing/private-topics.ts';
import { RunningPreferences } from '../testing/running-preferences.ts';

jest.setTimeout(60_000);

const preferences = new RunningPreferences();
const resolved = preferences.seen(preferences.topics.resolved);
const report = { source: '/acme/reports', type: 'report.ready', title: 'Report ready', to: [{ member: 'ada' }] };
const request = (...[method, path, options]: Parameters<TestService['request']>): ReturnType<TestService['request']> =>
  preferences.service.request(method, path, options);

beforeAll(() => preferences.start());
afterAll(() => preferences.stop());

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
  const token = await preferences.issuer.token({ roles: ['owner', 'member'] });
  const { status } = await request(method, path, { token, ...(body === '' ? {} : { body }) });
  expect(status).toBeLessThan(500);
});

test('every change of what is chosen is in the audit log, with who made it and for whom', async () => {
  const owner = await preferences.issuer.token({ memberId: 'olga', roles: ['owner'] });
  const product = await preferences.issuer.token({ memberId: 'crm', roles: ['product'] });
  expect(
    (await request('PUT', '/v1/defaults', { token: owner, body: { types: { 'report.ready': ['slack'] } } })).status,
  ).toBe(200);
  const paths = { own: '/v1/members/me/preferences', onBehalf: '/v1/members/bob/preferences' };
  expect((await request('PUT', paths.own, { token: owner, body: { slackOff: true } })).status).toBe(200);
  expect(
    (await request('PUT', paths.onBehalf, { token: product, body: { types: { 'report.ready': ['email'] } } })).status,
  ).toBe(200);
  const entries = await request('GET', '/v1/audit?limit=3', { token: owner });
  expect((entries.body as { items: object[] }).items).toMatchObject([
    {
      action: 'preferences.changed',
      subject: 'member:bob',
      actor: { kind: 'product', id: 'crm' },
      detail: { changed: ['types'], after: { types: { 'report.ready': { channels: ['email'] } } } },
    },
    {
      action: 'preferences.changed',
      subject: 'member:olga',
      actor: { kind: 'member', id: 'olga' },
      detail: { changed: ['slackOff'], before: { slackOff: false }, after: { slackOff: true } },
    },
    { action: 'defaults.changed', subject: 'tenant:acme', tenantId: 'acme', outcome: 'done' },
  ]);
});

test('a Slack user in raw blocks who hears nothing of it is refused, with the field and what to do', async () => {
  const token = await preferences.issuer.token({ roles: ['product'] });
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '<@U0STRANGER>' } }];
  const body = { ...report, id: 'raw', slack: { blocks } };
  for (const path of ['/v1/notifications', '/v1/explain']) {
    const answer = await request('POST', path, { token, body });
    expect(answer).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'slack.blocks[0].text.text', message: expect.stringContaining('`mentions`') }] },
    });
  }
});

test('posting an id again is accepted with the same content and refused with another', async () => {
  const token = await preferences.issuer.token({ roles: ['admin'] });
  const body = { ...report, id: 'posted-twice' };
  const first = await request('POST', '/v1/notifications', { token, body });
  const again = await request('POST', '/v1/notifications', {
    token,
    body: Object.fromEntries(Object.entries(body).reverse()),
  });
  expect([first.status, again.status, again.text]).toEqual([202, 202, first.text]);
  const elsewhere = { ...body, to: [{ member: 'bob' }] };
  const other = await request('POST', '/v1/notifications', { token, body: elsewhere });
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
  const token = await preferences.issuer.token({ roles: ['admin'] });
  const body = { ...report, id: 'corrected' };
  const tooLarge = { ...body, data: { text: 'x'.repeat(1024 * 1024 - 250) } };
  expect((await request('POST', '/v1/notifications', { token, body: tooLarge })).status).toBe(413);
  expect((await request('POST', '/v1/notifications', { token, body })).status).toBe(202);
});
