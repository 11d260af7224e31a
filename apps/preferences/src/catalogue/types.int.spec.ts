// What the routes of types and the files promise together, with the whole service on a real broker and a real database.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { notificationType, type CatalogueFile, type NotificationType } from '@carillon/domain';
import { createDataSource } from '@carillon/persistence';
import type { DataSource } from 'typeorm';
import { until } from '../testing/private-topics.ts';
import { RunningPreferences } from '../testing/running-preferences.ts';
import { BreakingChange, StoredTypes } from './stored-types.ts';

jest.setTimeout(60_000);

const preferences = new RunningPreferences();
const resolved = preferences.seen(preferences.topics.resolved);
let dataSource: DataSource;
let stored: StoredTypes;
beforeAll(async () => {
  await preferences.start();
  dataSource = createDataSource({ url: preferences.databaseUrl, entities: [], migrations: [] });
  await dataSource.initialize();
  stored = new StoredTypes(dataSource);
});
afterAll(async () => {
  await dataSource?.destroy();
  await preferences.stop();
});

type Role = 'operator' | 'owner' | 'admin' | 'member' | 'product';

async function as(role: Role, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const tenant = role === 'operator' ? { tenantId: null } : {};
  const token = await preferences.issuer.token({ memberId: 'ops', roles: [role], ...tenant } as never);
  return preferences.service.request(method, `/v1/types${path}`, {
    token,
    headers,
    ...(body !== undefined && { body }),
  });
}

const scored = (over: object = {}): object => ({
  title: 'Score',
  category: 'scores',
  schema: { type: 'object', properties: { score: { type: 'number' }, who: { type: 'string' } }, required: ['score'] },
  template: { with: { score: 'data.score' }, title: 'A score of {score}' },
  example: { to: [{ member: 'ada' }], data: { score: 7 } },
  ...over,
});
const required = { type: 'object', properties: { score: { type: 'number' } }, required: ['score'] };

test('a type that was just declared is decided by, and written by its template', async () => {
  expect((await as('operator', 'PUT', '/score.new', scored())).status).toBe(201);
  const token = await preferences.issuer.token({ roles: ['product'] });
  await preferences.publish(preferences.topics.requested, [
    {
      id: 'first',
      source: '/acme/reports',
      data: { tenantId: 'acme', type: 'score.new', to: [{ email: 'guest@else.test' }], data: { score: 7 } },
    },
  ]);
  const record = await until('the decision', () =>
    resolved.records.find(({ data }) => data.notification.type === 'score.new'),
  );
  expect(record.data.notification.content.title).toBe('A score of 7');
  const refused = await preferences.service.request('POST', '/v1/notifications', {
    token,
    body: { source: '/acme/reports', id: 'second', type: 'score.new', to: [{ member: 'ada' }], data: {} },
  });
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'data.score' }] } });
});

test('a change that may refuse what was valid before needs a higher version', async () => {
  await as('operator', 'PUT', '/score.changed', scored());
  const without = scored({ schema: required });
  expect(await as('operator', 'PUT', '/score.changed', without)).toMatchObject({
    status: 409,
    body: { errors: [{ path: 'schema', message: expect.stringContaining('data.who') }] },
  });
  expect((await as('operator', 'PUT', '/score.changed', { ...without, version: 2 })).status).toBe(200);
  expect((await as('operator', 'PUT', '/score.changed', scored({ title: 'Back' }))).status).toBe(409);
  expect((await as('member', 'GET', '/score.changed')).body).toMatchObject({ version: 2, title: 'Score' });
});

test('of two changes that name one version, one is refused', async () => {
  const { headers } = await as('operator', 'PUT', '/score.twice', scored()).then(() =>
    as('member', 'GET', '/score.twice'),
  );
  const ifMatch = { 'if-match': headers.get('etag')! };
  const both = await Promise.all(
    ['One', 'Two'].map((title) => as('operator', 'PUT', '/score.twice', scored({ title }), ifMatch)),
  );
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
  // As RFC 9110 has it: one of several tags.
  const now = (await as('member', 'GET', '/score.twice')).headers.get('etag')!;
  const several = { 'if-match': `"no such", ${now}` };
  expect((await as('operator', 'PUT', '/score.twice', scored({ title: 'Three' }), several)).status).toBe(200);
});

test.each<[Role, number]>([
  ['operator', 201],
  ['owner', 403],
  ['admin', 403],
  ['product', 403],
  ['member', 403],
])('%s may declare a type: %i', async (role, status) => {
  expect((await as(role, 'PUT', `/score.by-${role}`, scored())).status).toBe(status);
});

test.each<[string, object]>([
  ['template.title', scored({ template: { title: '{nope}' } })],
  ['example.data.score', scored({ example: { to: [{ member: 'ada' }], data: {} } })],
  ['chanels', scored({ chanels: [] })],
  ['name', scored({ name: 'other.name' })],
])('a wrong type is refused with the name of the field: %s', async (path, body) => {
  expect(await as('operator', 'PUT', '/score.wrong', body)).toMatchObject({
    status: 400,
    body: { errors: [{ path }] },
  });
  expect((await as('member', 'GET', '/score.wrong')).status).toBe(404);
});

test('what the API declared may be deleted; what a file or Carillon declares may not', async () => {
  await as('operator', 'PUT', '/score.gone', scored());
  expect((await as('operator', 'DELETE', '/score.gone')).status).toBe(204);
  expect((await as('member', 'GET', '/score.gone')).status).toBe(404);
  expect((await as('operator', 'DELETE', '/report.ready')).status).toBe(409);
  expect((await as('operator', 'PUT', '/installation.lost', scored())).status).toBe(409);
});

const files = (...types: NotificationType[]): CatalogueFile => ({ types, categories: [] });

test('files never undo what the API declared, nor a newer version, and break nothing silently', async () => {
  const type = (over: object = {}) =>
    notificationType.parse({ name: 'score.file', title: 'File', category: 'scores', schema: required, ...over });
  await stored.applyFiles(files(type({ version: 2 })));
  await stored.applyFiles(files(type({ title: 'Older', version: 1 })));
  expect((await stored.find('score.file'))?.type).toMatchObject({ title: 'File', version: 2 });
  const closed = { ...required, required: ['score', 'who'] };
  await expect(stored.applyFiles(files(type({ version: 2, schema: closed })))).rejects.toThrow(BreakingChange);
  await stored.applyFiles(files(type({ version: 3, schema: closed })));
  expect((await as('operator', 'PUT', '/score.file', type({ title: 'By API', version: 4 }))).status).toBe(200);
  await stored.applyFiles(files(type({ title: 'By file', version: 5 })));
  expect((await stored.find('score.file'))?.type?.title).toBe('By API');
});

const definitionOf = async (name: string): Promise<unknown> => {
  const [row] = await dataSource.query<{ definition: unknown }[]>(
    'SELECT definition FROM notification_type WHERE name = $1',
    [name],
  );
  return row?.definition;
};

/** As a process of another release writes it. */
async function storeAs(name: string, definition: object): Promise<void> {
  await dataSource.query(
    `INSERT INTO notification_type (name, definition, origin, changed_by) VALUES ($1, $2, 'file', 'a newer release')
     ON CONFLICT (name) DO UPDATE SET definition = excluded.definition`,
    [name, JSON.stringify(definition)],
  );
  await dataSource.query('UPDATE catalogue_version SET version = version + 1');
}

test('a type with fields of a newer release is used without them, and no older file takes them away', async () => {
  const type = notificationType.parse({ name: 'score.newer', title: 'Newer', category: 'scores' });
  const newer = { ...type, title: 'Newer still', snooze: { minutes: 5 } };
  await storeAs('score.newer', newer);
  await until('it to be known', async () => (await as('member', 'GET', '/score.newer')).status === 200);
  expect((await as('member', 'GET', '/score.newer')).body).toEqual({ ...type, title: 'Newer still' });
  await stored.applyFiles(files(type));
  expect(await definitionOf('score.newer')).toEqual(newer);
  expect(await as('operator', 'PUT', '/score.newer', type)).toMatchObject({
    status: 409,
    body: { errors: [{ path: 'snooze' }] },
  });
  expect((await as('operator', 'PUT', '/score.newer', { ...type, version: 2 })).status).toBe(200);
});

test('a stored type that this release cannot use stops no other, and its requests are told why', async () => {
  await storeAs('score.unreadable', { name: 'score.unreadable', title: 7, category: 'scores' });
  await storeAs('score.uncompilable', {
    ...notificationType.parse({ name: 'score.uncompilable', title: 'Newer', category: 'scores' }),
    schema: { type: 'object', properties: { score: { type: 'decimal' } } },
  });
  await as('operator', 'PUT', '/score.beside', scored());
  const token = await preferences.issuer.token({ roles: ['product'] });
  const post = (type: string) =>
    preferences.service.request('POST', '/v1/notifications', {
      token,
      body: { source: '/acme/reports', id: type, type, to: [{ member: 'ada' }], title: type, data: { score: 1 } },
    });
  expect((await as('member', 'GET', '/score.unreadable')).status).toBe(503);
  expect(await post('score.unreadable')).toMatchObject({
    status: 503,
    body: { errors: [{ path: 'type', message: expect.stringContaining('title') }] },
  });
  expect(await post('score.uncompilable')).toMatchObject({
    status: 503,
    body: { errors: [{ path: 'type', message: expect.stringContaining('schema.properties.score') }] },
  });
  expect((await post('score.beside')).status).toBe(202);
});

test("a type that the API declared over a file is the file's again when it is deleted", async () => {
  const shipped = (await as('member', 'GET', '/report.ready')).body as object;
  expect((await as('operator', 'PUT', '/report.ready', { ...shipped, title: 'By API' })).status).toBe(200);
  expect((await as('operator', 'DELETE', '/report.ready')).status).toBe(204);
  expect((await as('member', 'GET', '/report.ready')).body).toEqual(shipped);
  expect((await as('operator', 'DELETE', '/report.ready')).status).toBe(409);
  expect((await as('operator', 'DELETE', '/score.unreadable')).status).toBe(204);
});

test.each<[string, number, (event: { type: string; title: string }) => object]>([
  ['notifications', 202, (event) => ({ ...event, source: '/acme/reports', id: event.type, to: [{ member: 'ada' }] })],
  ['explain', 200, (event) => ({ ...event, to: [{ member: 'ada' }] })],
  ['workflows/dry-run', 200, (event) => ({ event })],
])('a type that another process declared a moment ago is known to POST %s', async (route, status, bodyOf) => {
  const token = await preferences.issuer.token({ roles: ['product'] });
  for (const n of [1, 2, 3]) {
    const type = `score.${route.replace('/', '-')}-${n}`;
    const declared = notificationType.parse({ name: type, title: 'Now', category: 'scores' });
    await stored.put(declared, 'elsewhere', () => Promise.resolve());
    const body = bodyOf({ type, title: type });
    const answer = await preferences.service.request('POST', `/v1/${route}`, { token, body });
    expect([answer.status, answer.body]).toEqual([status, expect.anything()]);
  }
});

test('a type that another process declared is known within a second, and after a restart', async () => {
  const declared = notificationType.parse({ name: 'score.elsewhere', title: 'Elsewhere', category: 'scores' });
  await stored.put(declared, 'elsewhere', () => Promise.resolve());
  await until('it to be known', async () => (await as('member', 'GET', '/score.elsewhere')).status === 200);
  await preferences.stopService();
  await preferences.start();
  expect((await as('member', 'GET', '/score.elsewhere')).status).toBe(200);
});
