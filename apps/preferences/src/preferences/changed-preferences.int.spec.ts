// What changes of preferences and defaults promise about what is stored already, with the whole service on a real
// database: a catalogue that became another, an installation that is gone, a release before this one, a change at the
// same time.
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

interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

async function ask(
  identity: { memberId: string; roles: string[]; tenantId?: string | null },
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const token = await preferences.issuer.token(identity as never);
  return preferences.service.request(method, `/v1/${path}`, { token, headers, ...(body !== undefined && { body }) });
}

const as =
  (memberId: string, role = 'member') =>
  (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
    ask({ memberId, roles: [role] }, method, path, body, headers);
const own = 'members/me/preferences';

const declare = (name: string, type: object): Promise<Answer> =>
  ask({ memberId: 'ops', roles: ['operator'], tenantId: null }, 'PUT', `types/${name}`, {
    ...{ title: name, category: 'changing', example: { to: [{ member: 'ada' }], title: 'Now' } },
    ...type,
  });

const installed = (installationId: string): Promise<unknown> =>
  database.query(
    `INSERT INTO installation (key, tenant_id, installation_id, state, installed_at, version, deleted)
     VALUES ($1, 'acme', $1, 'active', now(), 1, false)`,
    [installationId],
  );

const pathsOf = ({ body }: Answer): string[] => (body as { errors: { path: string }[] }).errors.map((one) => one.path);
const effectOf = ({ body }: Answer, name: string): object | undefined =>
  (body as { effective: { type: string }[] }).effective.find(({ type }) => type === name);
const lastAudit = async (subject: string): Promise<unknown> =>
  (await database.query('SELECT detail FROM audit_entry WHERE subject = $1 ORDER BY at DESC LIMIT 1', [subject]))
    .rows[0];

const chosen = {
  'kind.narrowed': { channels: ['slack'], cadence: 'weekly', on: 'fri' },
  'kind.gone': { channels: ['email'] },
};

describe('a catalogue that became another', () => {
  beforeAll(async () => {
    for (const name of Object.keys(chosen)) expect((await declare(name, { channels: ['slack'] })).status).toBe(201);
    expect(
      (await as('ada')('PUT', own, { types: chosen, categories: { changing: { cadence: 'weekly' } } })).status,
    ).toBe(200);
    expect((await as('olga', 'owner')('PUT', 'defaults', { types: chosen })).status).toBe(200);
    await declare('kind.narrowed', { channels: ['email'], allowedChannels: ['email'], cadences: ['immediate'] });
    const operator = { memberId: 'ops', roles: ['operator'], tenantId: null };
    expect((await ask(operator, 'DELETE', 'types/kind.gone')).status).toBe(204);
  });

  test('hinders no change of anything else, and what is not named stays', async () => {
    const patched = await as('ada')('PATCH', own, { slackOff: true, types: { 'report.ready': ['email'] } });
    expect(patched).toMatchObject({ status: 200, body: { slackOff: true, types: { ...chosen } } });
    const defaults = await as('olga', 'owner')('PATCH', 'defaults', { freeDays: ['2026-12-25'] });
    expect(defaults).toMatchObject({ status: 200, body: { freeDays: ['2026-12-25'], types: chosen } });
    await as('ada')('PATCH', own, { slackOff: false });
    await as('olga', 'owner')('PATCH', 'defaults', { freeDays: null });
  });

  test('what is shown as effective is what a notification is decided by', async () => {
    const shown = await as('ada')('GET', own);
    const effective = effectOf(shown, 'kind.narrowed') as { reasons: { code: string }[] };
    expect(effective).toMatchObject({
      ...{ channels: ['email'], cadence: 'immediate' },
      from: { channels: 'type', cadence: 'type' },
    });
    expect(effectOf(shown, 'kind.gone')).toBeUndefined();
    await database.query(
      `INSERT INTO recipient (key, tenant_id, member_id, email, email_key, name, active, links, version, deleted)
       VALUES ('acme:ada', 'acme', 'ada', 'ada@acme.test', 'ada@acme.test', 'Ada', true, '[]', 1, false)`,
    );
    const event = { type: 'kind.narrowed', title: 'Now', to: [{ member: 'ada' }] };
    const { recipients } = (await as('crm', 'product')('POST', 'explain', event)).body as {
      recipients: { reasons: { code: string }[] }[];
    };
    expect(recipients).toMatchObject([{ verdict: 'send', destinations: [{ kind: 'email' }], mode: { kind: 'now' } }]);
    const codes = recipients[0]!.reasons.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(effective.reasons.map(({ code }) => code)));
  });

  test.each([
    [{ types: { 'kind.narrowed': { channels: ['slack'] } } }, 'types.kind.narrowed.channels'],
    [{ types: { 'kind.narrowed': ['slack'] } }, 'types.kind.narrowed.channels'],
    [{ types: { 'kind.narrowed': { cadence: 'weekly' } } }, 'types.kind.narrowed.cadence'],
    [{ types: { 'kind.narrowed': { on: 'mon' } } }, 'types.kind.narrowed.on'],
    [{ types: { 'kind.gone': { fallback: 'none' } } }, 'types.kind.gone'],
  ])('is what a change is checked against that names it: %j', async (patch, field) => {
    for (const [caller, path] of [
      [as('ada'), own],
      [as('olga', 'owner'), 'defaults'],
    ] as const) {
      const answer = await caller('PATCH', path, patch);
      expect([answer.status, pathsOf(answer)]).toEqual([400, [field]]);
    }
  });

  test('a choice of what is gone can be taken back', async () => {
    const patched = await as('ada')('PATCH', own, {
      types: { 'kind.gone': null, 'kind.narrowed': { channels: null } },
    });
    expect(patched.body).toMatchObject({ types: { 'kind.narrowed': { cadence: 'weekly', on: 'fri' } } });
    expect((patched.body as { types: object }).types).not.toHaveProperty(['kind.gone']);
  });
});

test('a category can be turned off where one of its types can, and the others stay on', async () => {
  await declare('mixed.strict', { category: 'mixed', channels: ['slack'], mutable: false });
  expect(pathsOf(await as('bob')('PATCH', own, { categories: { mixed: [] } }))).toEqual(['categories.mixed.channels']);
  await declare('mixed.free', { category: 'mixed', channels: ['slack'] });
  const off = await as('bob')('PATCH', own, { categories: { mixed: [] } });
  expect(off.status).toBe(200);
  expect(effectOf(off, 'mixed.free')).toMatchObject({ channels: [] });
  expect(effectOf(off, 'mixed.strict')).toMatchObject({ channels: ['slack'] });
});

test("an installation can be picked that is the tenant's, and one that is gone hinders no other change", async () => {
  const id = '5b0f3a52-6c1e-4a8b-9d57-0a4f1b7c2d10';
  await installed(id);
  expect(await as('cyd')('PATCH', own, { installationId: id })).toMatchObject({
    status: 200,
    body: { installationId: id },
  });
  await database.query('UPDATE installation SET deleted = true WHERE key = $1', [id]);
  expect(await as('cyd')('PATCH', own, { slackOff: true })).toMatchObject({
    status: 200,
    body: { installationId: id },
  });
  expect(pathsOf(await as('cyd')('PATCH', own, { installationId: id }))).toEqual(['installationId']);
  expect(await as('cyd')('PATCH', own, { installationId: null })).toMatchObject({ body: { installationId: null } });
});

test('a pause that is over stays until it is named', async () => {
  const future = new Date(Date.now() + 60_000).toISOString();
  expect((await as('dan')('PATCH', own, { pausedUntil: future })).status).toBe(200);
  await database.query(
    `UPDATE member_preferences SET settings = settings || '{"pausedUntil": "2026-01-01T00:00:00.000Z"}'
      WHERE member_id = 'dan'`,
  );
  const over = { pausedUntil: '2026-01-01T00:00:00.000Z' };
  expect(await as('dan')('PATCH', own, { slackOff: true })).toMatchObject({ status: 200, body: over });
  expect(pathsOf(await as('dan')('PATCH', own, over))).toEqual(['pausedUntil']);
  expect(await as('dan')('PATCH', own, { pausedUntil: null })).toMatchObject({ body: { pausedUntil: null } });
});

test('a weekday needs a weekly cadence, whoever chose it', async () => {
  const friday = { types: { 'report.ready': { on: 'fri' } } };
  expect(pathsOf(await as('eve')('PATCH', own, friday))).toEqual(['types.report.ready.on']);
  const owner = as('olga', 'owner');
  expect((await owner('PATCH', 'defaults', { categories: { reports: { cadence: 'weekly' } } })).status).toBe(200);
  expect(effectOf(await as('eve')('PATCH', own, friday), 'report.ready')).toMatchObject({
    cadence: 'weekly',
    on: 'fri',
  });
  expect((await as('eve')('PATCH', own, { types: { 'report.ready': { cadence: 'daily' } } })).status).toBe(200);
  // The organisation may name the day of those who choose a weekly cadence, but not beside another cadence of its own.
  expect((await owner('PATCH', 'defaults', { categories: { reports: { cadence: null, on: 'tue' } } })).status).toBe(
    200,
  );
  const daily = { categories: { reports: { cadence: 'daily', on: 'wed' } } };
  expect(pathsOf(await owner('PATCH', 'defaults', daily))).toEqual(['categories.reports.on']);
  await owner('PATCH', 'defaults', { categories: null });
});

test('defaults take the short form, and a list replaces only the channels', async () => {
  const owner = as('olga', 'owner');
  await owner('PATCH', 'defaults', { types: { 'report.ready': { cadence: 'daily', at: '08:00' } } });
  expect(await owner('PATCH', 'defaults', { types: { 'report.ready': ['slack'] } })).toMatchObject({
    status: 200,
    body: { types: { 'report.ready': { channels: ['slack'], cadence: 'daily', at: '08:00' } } },
  });
  await owner('PATCH', 'defaults', { types: null });
});

describe('If-Match', () => {
  test.each([
    ['a member', as('fay'), own],
    ['the defaults', (...given: Parameters<ReturnType<typeof as>>) => globex(...given), 'defaults'],
  ] as const)(
    'of %s: * needs a row, the ETag that was shown does not, and an older one is refused',
    async (_, by, path) => {
      const etagOf = ({ headers }: Answer): string => headers.get('etag')!;
      const first = etagOf(await by('GET', path));
      for (const method of ['PUT', 'PATCH']) expect((await by(method, path, {}, { 'if-match': '*' })).status).toBe(412);
      const created = await by('PATCH', path, {}, { 'if-match': first });
      expect([created.status, etagOf(created)]).toEqual([200, etagOf(await by('GET', path))]);
      for (const method of ['PUT', 'PATCH'])
        expect((await by(method, path, {}, { 'if-match': first })).status).toBe(412);
      expect((await by('PUT', path, {}, { 'if-match': '*' })).status).toBe(200);
    },
  );

  const globex = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
    ask({ memberId: 'gus', roles: ['owner'], tenantId: 'globex' }, method, path, body, headers);
});

test('a row of the release before, which has no settings, is read and patched', async () => {
  await database.query(
    `INSERT INTO member_preferences (tenant_id, member_id, slack_off, types, categories, updated_by)
     VALUES ('acme', 'old', true, '{"report.ready": ["email"]}', '{"reports": []}', 'old')`,
  );
  const before = {
    slackOff: true,
    types: { 'report.ready': { channels: ['email'] } },
    categories: { reports: { channels: [] } },
  };
  expect((await as('old')('GET', own)).body).toMatchObject({
    ...before,
    timeZone: null,
    pausedUntil: null,
    quietHours: null,
  });
  const patch = { timeZone: 'Europe/Paris', types: { 'report.ready': { cadence: 'daily' } } };
  expect((await as('old')('PATCH', own, patch)).body).toMatchObject({
    ...before,
    timeZone: 'Europe/Paris',
    types: { 'report.ready': { channels: ['email'], cadence: 'daily' } },
  });
});

test('two changes of different fields at the same time both stay', async () => {
  const fields = [{ slackOff: true }, { timeZone: 'Europe/Paris' }, { types: { 'report.ready': ['email'] } }];
  const answers = await Promise.all(fields.map((field) => as('gil')('PATCH', own, field)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect((await as('gil')('GET', own)).body).toMatchObject({
    ...{ slackOff: true, timeZone: 'Europe/Paris' },
    types: { 'report.ready': { channels: ['email'] } },
  });
});

describe('the audit log', () => {
  test('has what differs of a member and of the defaults, before and after', async () => {
    const quiet = [{ days: ['mon'], from: '22:00', to: '07:00' }];
    await as('hal')('PUT', own, { slackOff: true, quietHours: quiet });
    await as('hal')('PATCH', own, { slackOff: false, timeZone: 'Europe/Paris' });
    expect(await lastAudit('member:hal')).toMatchObject({
      detail: {
        changed: ['slackOff', 'timeZone'],
        before: { slackOff: true },
        after: { slackOff: false, timeZone: 'Europe/Paris' },
      },
    });
    const owner = as('olga', 'owner');
    await owner('PUT', 'defaults', { freeDays: ['2026-12-25'] });
    await owner('PATCH', 'defaults', { freeDays: ['2026-12-26'] });
    expect(await lastAudit('tenant:acme')).toMatchObject({
      detail: { changed: ['freeDays'], before: { freeDays: ['2026-12-25'] }, after: { freeDays: ['2026-12-26'] } },
    });
    await owner('PUT', 'defaults', {});
  });

  test('has nothing that differs where the same is written in another order', async () => {
    const types = { 'report.ready': { fallback: 'none' }, 'task.finished': { cadence: 'daily', at: '08:00' } };
    await as('ian')('PUT', own, { types });
    const reversed = { 'task.finished': { at: '08:00', cadence: 'daily' }, 'report.ready': types['report.ready'] };
    await as('ian')('PUT', own, { types: reversed });
    expect(await lastAudit('member:ian')).toMatchObject({ detail: { changed: [] } });
  });
});
