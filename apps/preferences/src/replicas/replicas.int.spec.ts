// The copies of the state topics, on a real database: whatever the order in which states arrive, the same copy remains.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { installationChanged, nextVersion, recipientChanged, versionLeadMs } from '@carillon/domain';
import { tombstone } from '@carillon/messaging';
import { batchOf } from '@carillon/messaging/testing';
import fc from 'fast-check';
import {
  createReplicaDatabase,
  gone,
  installed,
  state,
  tenants,
  type ReplicaDatabase,
} from '../testing/replica-database.ts';
import { ApplyInstallations } from './apply-installations.ts';
import { ApplyRecipients } from './apply-recipients.ts';

let database: ReplicaDatabase;
let pool: ReplicaDatabase['pool'];

beforeAll(async () => {
  database = await createReplicaDatabase();
  pool = database.pool;
});
beforeEach(() => database.clear());
afterAll(() => database?.drop());

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

test('the roles of a member are the last ones, and none of a deleted member; nor does it follow anything', async () => {
  const apply = new ApplyRecipients(pool, tenants);
  const roles = async (): Promise<string[]> =>
    (
      await pool.query<{ at: string }>(`SELECT member_id || ' ' || role AS at FROM recipient_role ORDER BY at`)
    ).rows.map(({ at }) => at);
  await apply.handle(
    batchOf(recipientChanged, [state('ada', 1, { roles: ['nurse', 'lead'] }), state('bob', 1, { roles: ['nurse'] })]),
  );
  expect(await roles()).toEqual(['ada lead', 'ada nurse', 'bob nurse']);
  await pool.query(
    `INSERT INTO topic_follower (tenant_id, topic, kind, id, added_by) SELECT 'acme', 't', 'member', id, 'olga' FROM unnest(ARRAY['ada', 'bob']) AS id`,
  );
  await apply.handle(
    batchOf(recipientChanged, [state('ada', 3, { roles: ['lead', 'owner'] }), state('ada', 2, { roles: ['guest'] })]),
  );
  await apply.handle(batchOf(recipientChanged, [gone('bob', 2)]));
  expect(await roles()).toEqual(['ada lead', 'ada owner']);
  await apply.handle(batchOf(recipientChanged, [state('ada', 4)]));
  expect(await roles()).toEqual([]);
  expect((await pool.query<object>('SELECT id FROM topic_follower')).rows).toEqual([{ id: 'ada' }]);
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
