// The copies of the state topics, on a real database: whatever the order in which states arrive, the same copy remains.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  installationChanged,
  nextVersion,
  recipientChanged,
  versionLeadMs,
  type RecipientState,
} from '@carillon/domain';
import { tombstone, type Outgoing, type RawRecord } from '@carillon/messaging';
import { batchOf } from '@carillon/messaging/testing';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import fc from 'fast-check';
import { migrations } from '../database/migrations/index.ts';
import { Tenants } from '@carillon/runtime';
import { ContextLoader, LookupKeys } from '../resolution/context-loader.ts';
import { ApplyInstallations } from './apply-installations.ts';
import { ApplyRecipients } from './apply-recipients.ts';

const tenants = new Tenants([
  { id: 'acme', name: 'Acme' },
  { id: 'globex', name: 'Globex' },
]);

let database: TestDatabase;
let pool: ReturnType<typeof createPool>;

beforeAll(async () => {
  database = await createTestDatabase();
  const dataSource = createDataSource({ url: database.url, entities: [], migrations });
  await migrate(dataSource);
  pool = createPool(database.url);
});
beforeEach(() =>
  pool.query('TRUNCATE recipient, installation, context_version, member_preferences, organisation_defaults'),
);
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

const state = (memberId: string, version: number, given: Partial<RecipientState> = {}): Outgoing<RecipientState> => ({
  id: `${memberId}-${version}`,
  source: '/carillon/directory-sync',
  data: {
    ...{
      tenantId: 'acme',
      memberId,
      email: `${memberId}@acme.test`,
      name: `${memberId} ${version}`,
      active: true,
      version,
    },
    links: [{ installationId: 'main', status: 'matched', slackUserId: `U${version}` }],
    ...given,
  },
});
const gone = (memberId: string, version: number): RawRecord => tombstone(recipientChanged, `acme:${memberId}`, version);

const rows = async (): Promise<unknown[]> =>
  (await pool.query<object>('SELECT key, name, links, version, deleted FROM recipient ORDER BY key')).rows;

test('states and tombstones in any order, in any batches, repeated at will, come to the same copy', async () => {
  const history = [
    state('ada', 1),
    state('ada', 2),
    gone('ada', 3),
    state('ada', 4),
    state('bob', 1),
    gone('bob', 2),
    state('cyd', 7),
  ];
  const apply = new ApplyRecipients(pool, tenants);
  await apply.handle(batchOf(recipientChanged, history));
  const expected = await rows();
  expect(expected).toMatchObject([
    { key: 'acme:ada', name: 'ada 4', deleted: false },
    { key: 'acme:bob', name: null, links: null, deleted: true },
    { key: 'acme:cyd', name: 'cyd 7' },
  ]);
  const orders = fc.shuffledSubarray([...history, ...history], { minLength: history.length * 2 });
  await fc.assert(
    fc.asyncProperty(orders, fc.integer({ min: 1, max: 5 }), async (order, size) => {
      await pool.query('TRUNCATE recipient');
      for (let from = 0; from < order.length; from += size)
        await apply.handle(batchOf(recipientChanged, order.slice(from, from + size)));
      expect(await rows()).toEqual(expected);
    }),
    { numRuns: 25 },
  );
});

test('a deleted member leaves neither name nor address nor preferences behind', async () => {
  const apply = new ApplyRecipients(pool, tenants);
  await apply.handle(batchOf(recipientChanged, [state('ada', 1), state('bob', 1)]));
  await pool.query(
    `INSERT INTO member_preferences SELECT 'acme', id, false, '{}', '{}', id FROM unnest(ARRAY['ada', 'bob']) AS id`,
  );
  await apply.handle(batchOf(recipientChanged, [gone('ada', 2)]));
  expect((await pool.query('SELECT member_id FROM member_preferences')).rows).toEqual([{ member_id: 'bob' }]);
  expect((await pool.query(`SELECT email, email_key, name, links FROM recipient WHERE key = 'acme:ada'`)).rows).toEqual(
    [{ email: null, email_key: null, name: null, links: null }],
  );
});

test('a tombstone without a version is refused, since nobody could tell its place', async () => {
  const batch = batchOf(recipientChanged, [{ ...gone('ada', 1), headers: {} }]);
  await new ApplyRecipients(pool, tenants).handle(batch);
  expect(batch.rejected).toMatchObject([{ code: 'unreadable' }]);
});

const installed = (installationId: string, version: number, given: object = {}) => ({
  id: `${installationId}-${version}`,
  source: '/carillon/installation',
  data: {
    ...{
      installationId,
      tenantId: 'acme',
      name: installationId,
      profile: 'direct',
      state: 'active' as const,
      teamId: 'T1',
      isEnterpriseInstall: false,
    },
    ...{ appId: 'A1', botUserId: 'B1', scopes: [], installedAt: '2026-01-01T00:00:00Z', version, ...given },
  },
});

test('a record whose key is not that of its value changes nobody, nor does one of an undeclared tenant, tombstones included', async () => {
  const apply = new ApplyRecipients(pool, tenants);
  await apply.handle(batchOf(recipientChanged, [state('ada', 1), state('bob', 1)]));
  const before = await rows();
  const batch = batchOf(recipientChanged, [
    { ...state('ada', 2), key: 'acme:bob' },
    { ...state('ada', 2, { tenantId: 'globex' }), key: 'acme:ada' },
    state('eve', 1, { tenantId: 'nobody' }),
    tombstone(recipientChanged, 'nobody:ada', 2),
    tombstone(recipientChanged, '__proto__:ada', 2),
    tombstone(recipientChanged, 'ada', 2),
  ]);
  await apply.handle(batch);
  expect(batch.rejected.map(({ code }) => code)).toEqual([
    'wrong_key',
    'wrong_key',
    'unknown_tenant',
    'unknown_tenant',
    'unknown_tenant',
    'wrong_key',
  ]);
  expect(batch.rejected[0]!.detail).toBe('the key is "acme:bob"; the value belongs under "acme:ada"');
  expect(await rows()).toEqual(before);
});

test('a version from the future is refused, so that later states count', async () => {
  const apply = new ApplyRecipients(pool, tenants);
  const now = Date.now();
  const batch = batchOf(recipientChanged, [
    state('ada', 9e15),
    gone('ada', now + versionLeadMs + 3_600_000),
    state('ada', now),
    state('bob', 7),
  ]);
  await apply.handle(batch);
  expect(batch.rejected.map(({ code }) => code)).toEqual(['version_out_of_bounds', 'version_out_of_bounds']);
  await apply.handle(batchOf(recipientChanged, [state('ada', now + 1), state('bob', 8)]));
  expect(await rows()).toMatchObject([
    { key: 'acme:ada', name: `ada ${now + 1}` },
    { key: 'acme:bob', name: 'bob 8' },
  ]);
});

test('an installation stays with its tenant, under its own key', async () => {
  const apply = new ApplyInstallations(pool, tenants);
  await apply.handle(batchOf(installationChanged, [installed('main', 1)]));
  const batch = batchOf(installationChanged, [
    installed('main', 2, { tenantId: 'globex' }),
    { ...installed('other', 2), key: 'main' },
    installed('main', 9e15),
    installed('new', 1, { tenantId: 'nobody' }),
    installed('main', 2, { name: 'renamed' }),
  ]);
  await apply.handle(batch);
  expect(batch.rejected.map(({ code }) => code)).toEqual([
    'foreign_installation',
    'wrong_key',
    'version_out_of_bounds',
    'unknown_tenant',
  ]);
  const { rows: stored } = await pool.query<object>('SELECT key, tenant_id, name, version FROM installation');
  expect(stored).toEqual([{ key: 'main', tenant_id: 'acme', name: 'renamed', version: '2' }]);
});

test('after a forged version the true ones count again within a day', async () => {
  const apply = new ApplyInstallations(pool, tenants);
  const stored = async (): Promise<unknown> =>
    (await pool.query<{ name: string }>('SELECT name FROM installation')).rows[0]?.name;
  const now = Date.now();
  await apply.handle(batchOf(installationChanged, [installed('main', 3), installed('main', now, { name: 'forged' })]));
  expect(await stored()).toBe('forged');
  await apply.handle(batchOf(installationChanged, [installed('main', nextVersion(3, now + 1), { name: 'true' })]));
  expect(await stored()).toBe('true');
  const furthest = now + versionLeadMs;
  await apply.handle(batchOf(installationChanged, [installed('main', furthest, { name: 'forged' })]));
  const dayLater = batchOf(installationChanged, [
    installed('main', nextVersion(now + 1, furthest + 1), { name: 'true' }),
  ]);
  await apply.handle({
    ...dayLater,
    records: dayLater.records.map((record) => ({ ...record, timestamp: furthest + 1 })),
  });
  expect(await stored()).toBe('true');
});

test('the context is of the tenants asked about only, the active installation before the lost, the older before the newer', async () => {
  const installation = (installationId: string, installedAt: string, given: object = {}) => ({
    id: installationId,
    source: '/carillon/installation',
    data: {
      ...{
        installationId,
        tenantId: 'acme',
        name: installationId,
        profile: 'direct',
        state: 'active' as const,
        teamId: 'T1',
        isEnterpriseInstall: false,
      },
      ...{ appId: 'A1', botUserId: 'B1', scopes: [], installedAt, version: 1, ...given },
    },
  });
  await new ApplyInstallations(pool, tenants).handle(
    batchOf(installationChanged, [
      installation('gone', '2025-01-01T00:00:00Z', { state: 'disconnected' }),
      installation('lost', '2025-02-01T00:00:00Z', { state: 'lost' }),
      installation('newer', '2026-02-01T00:00:00+02:00'),
      installation('older', '2026-01-31T23:00:00Z', {}),
      installation('oldest', '2026-01-31T21:59:59Z', { scopes: ['chat:write', 'mpim:write'] }),
      installation('theirs', '2025-01-01T00:00:00Z', { tenantId: 'globex' }),
    ]),
  );
  await new ApplyRecipients(pool, tenants).handle(
    batchOf(recipientChanged, [
      state('ada', 1, { email: 'Shared@acme.test', active: false }),
      state('bob', 1, { email: 'shared@ACME.test' }),
      { ...state('ada', 1, { tenantId: 'globex', email: 'shared@acme.test' }) },
    ]),
  );
  const keys = new LookupKeys();
  keys.add({
    tenantId: 'acme',
    to: [{ member: 'ada' }, { member: 'zoe' }, { email: ' SHARED@acme.test' }, { members: ['bob'] }],
  });
  const known = await new ContextLoader(pool).load(keys);
  const acme = known.get('acme');
  expect([...known.keys()]).toEqual(['acme']);
  expect(
    [...(acme?.members ?? [])]
      .filter(([, person]) => person)
      .map(([id]) => id)
      .sort(),
  ).toEqual(['ada', 'bob']);
  expect(acme?.addresses.get('shared@acme.test')).toMatchObject({ memberId: 'bob' });
  expect(acme?.installations.map((i) => i.installationId)).toEqual(['oldest', 'newer', 'older', 'lost', 'gone']);
  expect(acme?.installations.map((i) => i.scopes)).toEqual([['chat:write', 'mpim:write'], [], [], [], []]);
});

test('while nothing changes one short statement is enough; a change, wherever it is made, counts for the next batch', async () => {
  const statements: string[] = [];
  const counting = new Proxy(pool, {
    get: (target, name) =>
      name === 'query'
        ? (query: { name: string }) => {
            statements.push(query.name);
            return target.query(query as never);
          }
        : (Reflect.get(target, name) as unknown),
  });
  const loader = new ContextLoader(counting);
  const load = async () => {
    statements.length = 0;
    const keys = new LookupKeys();
    keys.add({ tenantId: 'acme', to: [{ member: 'ada' }, { member: 'zoe' }, { email: 'zoe@acme.test' }] });
    return (await loader.load(keys)).get('acme')!;
  };
  const apply = new ApplyRecipients(pool, tenants);
  await apply.handle(batchOf(recipientChanged, [state('ada', 1)]));
  expect((await load()).members.get('ada')).toMatchObject({ name: 'ada 1' });
  expect((await load()).members.get('zoe') ?? null).toBeNull();
  expect(statements).toEqual(['context-versions']);

  await apply.handle(batchOf(recipientChanged, [state('ada', 2), state('zoe', 1)]));
  const changed = await load();
  expect(changed.members.get('ada')).toMatchObject({ name: 'ada 2' });
  expect(changed.members.get('zoe')).toMatchObject({ memberId: 'zoe' });
  expect(changed.addresses.get('zoe@acme.test')).toMatchObject({ memberId: 'zoe' });
  await apply.handle(batchOf(recipientChanged, [gone('ada', 3)]));
  expect((await load()).members.get('ada') ?? null).toBeNull();
  await apply.handle(batchOf(recipientChanged, [state('ada', 2)]));
  await load();
  expect(statements).toEqual(['context-versions']);
});
