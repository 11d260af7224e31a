// What POST /v1/types/apply promises, with the whole service on a real broker and a real database.
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { createDataSource } from '@carillon/persistence';
import type { DataSource } from 'typeorm';
import { RunningPreferences } from '../testing/running-preferences.ts';

jest.setTimeout(60_000);

const preferences = new RunningPreferences();
let dataSource: DataSource;
let token: string;
beforeAll(async () => {
  await preferences.start();
  dataSource = createDataSource({ url: preferences.databaseUrl, entities: [], migrations: [] });
  await dataSource.initialize();
  token = await preferences.issuer.token({ memberId: 'ops', roles: ['operator'], tenantId: null } as never);
});
afterAll(async () => {
  await dataSource?.destroy();
  await preferences.stop();
});

const apply = (types: unknown[], over: object = {}) =>
  preferences.service.request('POST', '/v1/types/apply', { token, body: { types, ...over } });
const put = (name: string, body: object) => preferences.service.request('PUT', `/v1/types/${name}`, { token, body });
const get = (path: string) => preferences.service.request('GET', path, { token });
const changeOf = (answer: { body: unknown }, list: 'types' | 'categories' = 'types') =>
  Object.fromEntries(
    (answer.body as Record<string, { name: string; change: string }[]>)[list]!.map(({ name, change }) => [
      name,
      change,
    ]),
  );

const typeOf = (name: string, over: object = {}): object => ({ name, title: name, category: 'scores', ...over });
const schemaOf = (...names: string[]): object => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});

/** Every row of the catalogue and its version. */
const everything = (): Promise<unknown> =>
  dataSource.query(`
    SELECT (SELECT version FROM catalogue_version),
      (SELECT json_agg(t ORDER BY name) FROM notification_type t),
      (SELECT json_agg(c ORDER BY name) FROM catalogue_category c)`);

afterEach(async () => {
  // What no file declares.
  await apply([typeOf('score.last')], { prune: true });
});

test('a catalogue is applied as a whole, and the answer says what became of each type', async () => {
  await put('score.a', typeOf('score.a'));
  const types = [typeOf('score.a'), typeOf('score.b'), typeOf('score.c')];
  expect(changeOf(await apply(types, { dryRun: true }))).toEqual({
    ...{ 'score.a': 'unchanged', 'score.b': 'created', 'score.c': 'created' },
  });
  expect((await get('/v1/types/score.b')).status).toBe(404);
  expect((await apply(types)).status).toBe(200);
  const again = await apply([...types.slice(0, 2), typeOf('score.c', { title: 'Other', mutable: false })]);
  expect(changeOf(again)).toEqual({ 'score.a': 'unchanged', 'score.b': 'unchanged', 'score.c': 'changed' });
  expect(again.body).toMatchObject({ types: [{}, {}, { fields: ['title', 'mutable'] }] });
  expect((await get('/v1/types/score.c')).body).toMatchObject({ title: 'Other' });
  const [{ count }] = await dataSource.query<[{ count: string }]>(
    `SELECT count(*) FROM audit_entry WHERE subject = 'type:score.c'`,
  );
  expect(Number(count)).toBe(2);
});

test('where one type is wrong or needs a higher version nothing is stored, and every error names type and field', async () => {
  await put('score.a', typeOf('score.a', { schema: schemaOf('who') }));
  const before = await everything();
  const breaking = typeOf('score.a', { schema: schemaOf('what') });
  const wrong = [
    typeOf('score.b', { chanels: [] }),
    typeOf('score.c', { template: { title: '{nope}' } }),
    typeOf('installation.lost'),
    { title: 'No name' },
  ];
  const refused = await apply([typeOf('score.new'), breaking, ...wrong]);
  expect(refused.status).toBe(400);
  const paths = (refused.body as { errors: { path: string }[] }).errors.map(({ path }) => path);
  expect([...new Set(paths)].sort()).toEqual(
    ['score.b.chanels', 'score.c.template.title', 'installation.lost.name', 'types[5].name', 'types[5].category']
      .concat('score.a.schema')
      .sort(),
  );
  expect(await apply([typeOf('score.new'), breaking])).toMatchObject({
    status: 409,
    body: { errors: [{ path: 'score.a.schema' }, { path: 'score.a.schema' }] },
  });
  expect((await apply([breaking], { dryRun: true })).status).toBe(409);
  expect(await everything()).toEqual(before);
});

test('one that is declared twice is refused', async () => {
  expect(await apply([typeOf('score.a'), typeOf('score.a')])).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'types[1].name' }] },
  });
});

test('prune removes what the API declared and is not named, and nothing that a file or Carillon declares', async () => {
  const shipped = (await get('/v1/types/report.ready')).body as object;
  await put('report.ready', { ...shipped, title: 'By API' });
  await put('score.gone', typeOf('score.gone'));
  expect(changeOf(await apply([typeOf('score.stays')]))).toEqual({ 'score.stays': 'created' });
  const pruned = await apply([typeOf('score.stays')], { prune: true });
  expect(changeOf(pruned)).toMatchObject({
    'score.gone': 'removed',
    'report.ready': 'kept',
    'score.stays': 'unchanged',
  });
  expect(changeOf(pruned)).not.toHaveProperty(['installation.lost']);
  expect((await get('/v1/types/score.gone')).status).toBe(404);
  expect((await get('/v1/types/report.ready')).body).toMatchObject({ title: 'By API' });
  expect((await get('/v1/types/installation.lost')).status).toBe(200);
});

test('categories are applied with the types, and each that a type names is listed', async () => {
  const words = { name: 'scores', title: 'Scores', description: 'How it went.' };
  const types = [typeOf('score.a'), typeOf('score.b', { category: 'unnamed' })];
  expect(changeOf(await apply(types, { categories: [words] }), 'categories')).toEqual({ scores: 'created' });
  const { items } = (await get('/v1/categories?limit=200')).body as { items: object[] };
  expect(items).toEqual(expect.arrayContaining([words, { name: 'unnamed', title: 'unnamed' }]));
  expect(items).toEqual(expect.arrayContaining([{ name: 'reports', title: 'Reports' }]));
  expect(await apply(types, { categories: [{ name: 'scores', titel: 'x' }] })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'scores.title' }, { path: 'scores.titel' }] },
  });
  const pruned = await apply(types, { prune: true });
  expect(changeOf(pruned, 'categories')).toMatchObject({ scores: 'removed', reports: 'kept' });
});

test('only an operator applies', async () => {
  const owner = await preferences.issuer.token({ memberId: 'ada', roles: ['owner'] });
  const body = { types: [typeOf('score.a')] };
  expect((await preferences.service.request('POST', '/v1/types/apply', { token: owner, body })).status).toBe(403);
});
