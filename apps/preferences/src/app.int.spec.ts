// The service as a whole, offline: everything can be injected, and no route is left open or closed by accident.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import {
  startForTest,
  testIssuer,
  undecidedRoutes,
  type TestIssuer,
  type TestService,
} from '@carillon/runtime/testing';
import { service } from './service.ts';

let issuer: TestIssuer;
let running: TestService;

beforeAll(async () => {
  issuer = await testIssuer();
  running = await startForTest({
    ...service,
    offline: true,
    env: {
      ...issuer.env,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      KAFKA_BROKERS: '127.0.0.1:1',
      TENANTS_FILE: fileURLToPath(new URL('./testing/tenants.yaml', import.meta.url)),
    },
  });
});

afterAll(async () => {
  await running?.stop();
  await issuer?.close();
});

test('every route says who may call it', () => {
  expect(undecidedRoutes(running.app)).toEqual([]);
});

test('the catalogue that ships can be read, page by page, by a member', async () => {
  const token = await issuer.token();
  const all = await running.request('GET', '/v1/types?limit=200', { token });
  const names = (all.body as { items: { name: string }[] }).items.map((type) => type.name);
  expect(names).toEqual(
    expect.arrayContaining([
      'report.ready',
      'meeting.analysis.ready',
      'digest.weekly',
      'conversation.mention',
      'security.alert',
    ]),
  );
  const first = await running.request('GET', '/v1/types?limit=2', { token });
  const { items, nextCursor } = first.body as { items: { name: string }[]; nextCursor: string };
  const second = await running.request('GET', `/v1/types?limit=2&cursor=${nextCursor}`, { token });
  expect([...items, ...(second.body as { items: { name: string }[] }).items].map((type) => type.name)).toEqual(
    names.slice(0, 4),
  );
});

test('nobody calls without a token, and a member does not publish', async () => {
  expect((await running.request('GET', '/v1/types')).status).toBe(401);
  const token = await issuer.token();
  expect((await running.request('POST', '/v1/notifications', { token, body: {} })).status).toBe(403);
});

test.each([
  ['title', { type: 'report.ready' }],
  ['to[0].member', { type: 'report.ready', title: 'x', to: [{ member: '' }] }],
  ['type', { type: 'no.such', title: 'x' }],
  ['to[0].channel', { type: 'report.ready', title: 'x', to: [{ channel: 'our general' }] }],
  ['source', { type: 'report.ready', title: 'x', source: '/globex/reports' }],
  ['tenantId', { type: 'report.ready', title: 'x', tenantId: 'globex' }],
  ['titel', { type: 'report.ready', title: 'x', titel: 'y' }],
  ['to[0].membr', { type: 'report.ready', title: 'x', to: [{ membr: 'ada' }] }],
  ['actions[0].id', { type: 'report.ready', title: 'x', actions: [{ id: 'carillon:x', label: 'x' }] }],
  [
    'slack.blocks[0].text.text',
    {
      type: 'report.ready',
      title: 'x',
      slack: { blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '<!channel>' } }] },
    },
  ],
  ['source', { type: 'report.ready', title: 'x', source: '/acme/reports\n' }],
  ['id', { type: 'report.ready', title: 'x', id: 'a\nb' }],
  ['title', { type: 'report.ready', title: 'N\0L' }],
  ['expiresAt', { type: 'report.ready', title: 'x', expiresAt: '2026-01-01T00:00:00+23:59' }],
])('a notification with a wrong %s is refused by that name', async (path, body) => {
  const token = await issuer.token({ roles: ['admin'] });
  const answer = await running.request('POST', '/v1/notifications', {
    token,
    body: { source: '/acme/reports', id: '1', ...body },
  });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect((answer.body as { errors: { path: string }[] }).errors.map((error) => error.path)).toContain(path);
});

test("a person's id in place of a channel is refused with a sentence that says how a person is named", async () => {
  const token = await issuer.token({ roles: ['admin'] });
  const body = { source: '/acme/reports', id: '1', type: 'report.ready', title: 'x', to: [{ channel: 'U0123456789' }] };
  const answer = await running.request('POST', '/v1/notifications', { token, body });
  expect(answer.body).toMatchObject({
    errors: [{ path: 'to[0].channel', message: expect.stringContaining('`member`') }],
  });
});

test('a form is not taken for a notification', async () => {
  const token = await issuer.token({ roles: ['admin'] });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await running.request('POST', '/v1/notifications', { token, body: 'title=x', headers });
  expect(answer).toMatchObject({ status: 415, body: { status: 415 } });
});

test("a member cannot read or change another member's preferences, and a security admin can only read", async () => {
  const path = '/v1/members/bob/preferences';
  const member = await issuer.token({ memberId: 'ada' });
  const admin = await issuer.token({ memberId: 'ada', roles: ['security_admin'] });
  expect((await running.request('GET', path, { token: member })).status).toBe(403);
  expect((await running.request('PUT', path, { token: member, body: {} })).status).toBe(403);
  expect((await running.request('PUT', path, { token: admin, body: {} })).status).toBe(403);
});
