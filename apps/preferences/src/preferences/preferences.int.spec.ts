// What the routes of preferences and defaults promise, with the whole service on a real broker and a real database.
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { RunningPreferences } from '../testing/running-preferences.ts';

jest.setTimeout(60_000);

const preferences = new RunningPreferences();
let database: pg.Client;
beforeAll(async () => {
  await preferences.start();
  database = new pg.Client({ connectionString: preferences.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await preferences.stop();
});

type Role = 'owner' | 'security_admin' | 'admin' | 'member' | 'product';
interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

async function as(
  [memberId, role, tenantId]: [string, Role, string?],
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const token = await preferences.issuer.token({ memberId, roles: [role], ...(tenantId && { tenantId }) });
  return preferences.service.request(method, `/v1/${path}`, { token, headers, ...(body !== undefined && { body }) });
}

const path = (member: string): string => `members/${member}/preferences`;

test('a merge patch changes what it names, and null takes a choice back', async () => {
  await as(['ada', 'member'], 'PUT', path('me'), {
    timeZone: 'Europe/Paris',
    types: { 'report.ready': ['email'], 'task.finished': { cadence: 'daily', at: '08:00' } },
  });
  const patched = await as(['ada', 'member'], 'PATCH', path('me'), {
    timeZone: null,
    types: { 'report.ready': { cadence: 'weekly', on: 'fri' }, 'task.finished': null },
  });
  expect(patched).toMatchObject({
    status: 200,
    body: {
      timeZone: null,
      types: { 'report.ready': { channels: ['email'], cadence: 'weekly', on: 'fri' } },
      effective: expect.arrayContaining([
        expect.objectContaining({
          type: 'report.ready',
          channels: ['email'],
          cadence: 'weekly',
          at: '09:00',
          on: 'fri',
          from: { channels: 'member', cadence: 'member', at: 'platform', on: 'member', fallback: 'type' },
        }),
      ]),
    },
  });
  expect((patched.body as { types: object }).types).not.toHaveProperty(['task.finished']);
});

test('of two changes that name one version, one is refused with the version that stands', async () => {
  const { headers } = await as(['bob', 'member'], 'PUT', path('me'), { slackOff: true });
  const etag = headers.get('etag')!;
  const both = await Promise.all(
    [true, false].map((slackOff) => as(['bob', 'member'], 'PATCH', path('me'), { slackOff }, { 'if-match': etag })),
  );
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
  const now = await as(['bob', 'member'], 'GET', path('me'));
  expect(now.headers.get('etag')).not.toBe(etag);
  expect((both.find(({ status }) => status === 412)!.body as { detail: string }).detail).toContain(
    now.headers.get('etag'),
  );
});

describe('who may', () => {
  test.each<[string, [string, Role, string?], string, number, number]>([
    ['the member', ['cyd', 'member'], 'me', 200, 200],
    ['another member', ['ada', 'member'], 'cyd', 403, 403],
    ['an admin', ['olga', 'admin'], 'cyd', 200, 200],
    ['an owner', ['olga', 'owner'], 'cyd', 200, 200],
    ['a security admin', ['sam', 'security_admin'], 'cyd', 200, 403],
    ['a security admin, of their own', ['sam', 'security_admin'], 'me', 200, 200],
    ['an admin, of their own', ['olga', 'admin'], 'me', 200, 200],
    ['a product', ['crm', 'product'], 'cyd', 200, 200],
  ])('%s: read and change', async (_, caller, member, read, change) => {
    expect((await as(caller, 'GET', path(member))).status).toBe(read);
    for (const method of ['PUT', 'PATCH']) expect((await as(caller, method, path(member), {})).status).toBe(change);
  });

  test("an admin of another tenant sees and changes that tenant's member of the same id", async () => {
    await as(['dan', 'member'], 'PUT', path('me'), { slackOff: true });
    const other: [string, Role, string] = ['eve', 'admin', 'globex'];
    expect((await as(other, 'PUT', path('dan'), { slackOff: false })).status).toBe(200);
    expect((await as(['dan', 'member'], 'GET', path('me'))).body).toMatchObject({ slackOff: true });
  });
});

test('the rights of a caller are looked at before what they ask for', async () => {
  const unknown = { types: { 'no.such': {} } };
  for (const method of ['PUT', 'PATCH']) {
    expect((await as(['ada', 'member'], method, path('cyd'), unknown)).status).toBe(403);
    expect((await as(['ada', 'member'], method, 'defaults', unknown)).status).toBe(403);
  }
});

test('a product has no preferences of its own: it names a member', async () => {
  for (const [method, body] of [['GET'], ['PUT', { slackOff: true }], ['PATCH', { slackOff: true }]] as const) {
    const answer = await as(['crm', 'product'], method, path('me'), body);
    expect(answer).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'member', message: expect.stringContaining('name a member') }] },
    });
  }
  const { rows } = await database.query(`SELECT 1 FROM member_preferences WHERE member_id IN ('me', 'crm')`);
  expect(rows).toEqual([]);
});

test.each<[string, object]>([
  ['types.no.such', { types: { 'no.such': {} } }],
  ['types.security.alert.channels', { types: { 'security.alert': { channels: [] } } }],
  ['types.report.ready.cadence', { types: { 'report.ready': { cadence: 'yearly' } } }],
  ['types.report.ready.at', { types: { 'report.ready': { at: '8 o clock' } } }],
  ['categories.nowhere', { categories: { nowhere: {} } }],
  ['timeZone', { timeZone: 'Europe/Nowhere' }],
  ['types.report.ready.on', { types: { 'report.ready': { on: 'fri' } } }],
  ['types.report.ready.on', { types: { 'report.ready': { on: 'fri', cadence: 'daily' } } }],
  ['categories.reports.on', { categories: { reports: { on: 'fri', cadence: 'hourly' } } }],
  ['categories.security.channels', { categories: { security: { channels: [] } } }],
  ['categories.security.channels', { categories: { security: [] } }],
  ['pausedUntil', { pausedUntil: '2999-01-01T00:00:00Z' }],
  ['pausedUntil', { pausedUntil: '2026-01-01T00:00:00Z' }],
  ['quietHours[0].to', { quietHours: [{ days: ['mon'], from: '22:00', to: '22:00' }] }],
  ['installationId', { installationId: '0c7a3c2e-5a3b-4f6e-9b51-3d6f8f1f2a10' }],
  ['slackoff', { slackoff: true }],
])('a wrong choice is refused by PUT and PATCH with the name of the field: %s', async (field, body) => {
  for (const method of ['PUT', 'PATCH']) {
    const { status, body: problem } = await as(['fay', 'member'], method, path('me'), body);
    expect([status, (problem as { errors: { path: string }[] }).errors[0]?.path]).toEqual([400, field]);
  }
});

test("an organisation's defaults hold quiet hours and free days, and are what members start from", async () => {
  const defaults = {
    categories: { reports: { cadence: 'daily', at: '07:00' } },
    quietHours: [{ days: ['sat', 'sun'], from: '00:00', to: '12:00' }],
    freeDays: ['2026-12-25'],
  };
  expect((await as(['olga', 'owner'], 'PUT', 'defaults', defaults)).status).toBe(200);
  expect((await as(['gil', 'member'], 'GET', 'defaults')).body).toMatchObject(defaults);
  const { effective } = (await as(['gil', 'member'], 'GET', path('me'))).body as { effective: { type: string }[] };
  expect(effective.find(({ type }) => type === 'report.ready')).toMatchObject({
    cadence: 'daily',
    at: '07:00',
    from: { cadence: 'organisation', at: 'organisation' },
  });
  expect((await as(['olga', 'owner'], 'PATCH', 'defaults', { freeDays: null })).body).toMatchObject({ freeDays: [] });
  await as(['olga', 'owner'], 'PUT', 'defaults', {});
});

test('a member throttles a type or takes its throttle back, but not what must be told; an organisation may', async () => {
  const shownOf = async (type: string) => {
    const { body } = await as(['eve', 'member'], 'GET', path('me'));
    const one = (body as { effective: { type: string; throttle?: object; from: object }[] }).effective;
    const { throttle, from } = one.find((effect) => effect.type === type)!;
    return [throttle, (from as { throttle?: string }).throttle];
  };
  expect(await shownOf('automation.ran')).toEqual([{ limit: 10, minutes: 60 }, 'type']);
  expect(await shownOf('report.ready')).toEqual([undefined, undefined]);
  const throttle = { limit: 2, minutes: 5 };
  const types = { 'automation.ran': { throttle: 'none' }, 'report.ready': { throttle } };
  expect(await as(['eve', 'member'], 'PATCH', path('me'), { types })).toMatchObject({ status: 200, body: { types } });
  expect(await shownOf('automation.ran')).toEqual([undefined, 'member']);
  expect(await shownOf('report.ready')).toEqual([throttle, 'member']);
  const must = { types: { 'security.alert': { throttle } } };
  expect(await as(['eve', 'member'], 'PATCH', path('me'), must)).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'types.security.alert.throttle' }] },
  });
  const tooLong = { types: { 'report.ready': { throttle: { limit: 2, minutes: 1441 } } } };
  expect(await as(['eve', 'member'], 'PATCH', path('me'), tooLong)).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'types.report.ready.throttle.minutes', message: expect.stringContaining('1440') }] },
  });
  expect(await as(['olga', 'owner'], 'PATCH', 'defaults', must)).toMatchObject({ status: 200 });
  expect(await shownOf('security.alert')).toEqual([throttle, 'organisation']);
  await as(['olga', 'owner'], 'PATCH', 'defaults', { types: { 'security.alert': null } });
});

test('what the release before writes is read, and what is written can be read by it', async () => {
  await as(['ida', 'member'], 'PUT', path('me'), {
    timeZone: 'Europe/Paris',
    types: { 'report.ready': { channels: ['email'], cadence: 'daily' } },
  });
  const { rows } = await database.query(`SELECT types, slack_off FROM member_preferences WHERE member_id = 'ida'`);
  expect(rows).toEqual([{ types: { 'report.ready': ['email'] }, slack_off: false }]);
  const before = (await as(['ida', 'member'], 'GET', path('me'))).headers.get('etag')!;
  await database.query(
    `UPDATE member_preferences SET types = '{"report.ready": ["slack"]}', updated_at = now() + interval '1 s'
      WHERE member_id = 'ida'`,
  );
  expect((await as(['ida', 'member'], 'GET', path('me'))).body).toMatchObject({
    timeZone: 'Europe/Paris',
    types: { 'report.ready': { channels: ['slack'], cadence: 'daily' } },
  });
  expect((await as(['ida', 'member'], 'PATCH', path('me'), {}, { 'if-match': before })).status).toBe(412);
});
