// The context of a batch, loaded from the replicas on a real database: only what was asked for, and never outdated.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { installationChanged, recipientChanged } from '@carillon/domain';
import { batchOf } from '@carillon/messaging/testing';
import { ApplyInstallations } from '../replicas/apply-installations.ts';
import { ApplyRecipients } from '../replicas/apply-recipients.ts';
import {
  createReplicaDatabase,
  gone,
  installed,
  state,
  tenants,
  type ReplicaDatabase,
} from '../testing/replica-database.ts';
import { until } from '../testing/private-topics.ts';
import { ContextLoader, LookupKeys } from './context-loader.ts';
import { recordChange } from './context-version.ts';

let database: ReplicaDatabase;
let pool: ReplicaDatabase['pool'];

beforeAll(async () => {
  database = await createReplicaDatabase();
  pool = database.pool;
});
beforeEach(async () => {
  await database.clear();
  await pool.query('TRUNCATE context_change, unsubscription');
});
afterAll(() => database?.drop());

test('the context is of the tenants asked about only, the active installation before the lost, the older before the newer', async () => {
  const installation = (installationId: string, installedAt: string, given: object = {}) =>
    installed(installationId, 1, { installedAt, ...given });
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

test('while nothing changes one short statement is enough; after a change only what it is about is read again', async () => {
  const read = new Map<string, number>();
  const loader = new ContextLoader(countingRows(read));
  const load = async () => {
    read.clear();
    const keys = new LookupKeys();
    keys.add({
      tenantId: 'acme',
      to: [{ members: ['ada', 'bob', 'zoe'] }, { email: 'bob@acme.test' }, { email: 'zoe@acme.test' }],
    });
    return (await loader.load(keys)).get('acme')!;
  };
  const apply = new ApplyRecipients(pool, tenants);
  await apply.handle(batchOf(recipientChanged, [state('ada', 1), state('bob', 1)]));
  expect((await load()).members.get('ada')).toMatchObject({ name: 'ada 1' });
  const { installations, members } = await load();
  expect(members.get('zoe') ?? null).toBeNull();
  expect([...read]).toEqual([['context-versions', 1]]);

  await apply.handle(batchOf(recipientChanged, [state('ada', 2), state('stranger', 1)]));
  const changed = await load();
  expect(changed.members.get('ada')).toMatchObject({ name: 'ada 2' });
  expect(changed.members.get('bob')).toBe(members.get('bob'));
  expect(changed.installations).toBe(installations);
  expect([...read]).toEqual([
    ['context-versions', 1],
    ['context-changes', 2 + 1],
    ['context-members', 1],
  ]);

  await apply.handle(batchOf(recipientChanged, [state('zoe', 1)]));
  const appeared = await load();
  expect(appeared.members.get('zoe')).toMatchObject({ memberId: 'zoe' });
  expect(appeared.addresses.get('zoe@acme.test')).toMatchObject({ memberId: 'zoe' });

  await new ApplyInstallations(pool, tenants).handle(batchOf(installationChanged, [installed('main', 1)]));
  expect((await load()).installations).toHaveLength(1);
  expect([...read].filter(([, rows]) => rows > 0)).toEqual([
    ['context-versions', 1],
    ['context-changes', 1 + 1],
    ['context-installations', 1],
  ]);
  await apply.handle(batchOf(recipientChanged, [gone('ada', 3)]));
  expect((await load()).members.get('ada') ?? null).toBeNull();
  await apply.handle(batchOf(recipientChanged, [state('ada', 2)]));
  await load();
  expect([...read]).toEqual([['context-versions', 1]]);
});

test('a batch sees each change whole, and none older than its begin, while others load and change', async () => {
  const loaders = [new ContextLoader(pool), new ContextLoader(pool)];
  const apply = new ApplyRecipients(pool, tenants);
  const shared = 'shared@acme.test';
  let made = 0;
  // One change: both get a new name, and the address goes from one to the other.
  const change = (version: number) =>
    apply.handle(
      batchOf(recipientChanged, [
        state('ada', version, { email: version % 2 === 0 ? shared : 'ada@acme.test' }),
        state('bob', version, { email: version % 2 === 1 ? shared : 'bob@acme.test' }),
      ]),
    );
  const write = async () => {
    for (let version = 1; version <= 150; version++) {
      await change(version);
      made = version;
    }
  };
  await change(0);
  const versionOf = (name: string | undefined) => Number(name?.split(' ')[1]);
  const seen = new Set<number>();
  const readAlong = async (loader: ContextLoader, members: string[]) => {
    while (made < 150) {
      const before = made;
      const keys = new LookupKeys();
      keys.add({ tenantId: 'acme', to: [{ members }, { email: shared }] });
      const acme = (await loader.load(keys)).get('acme')!;
      const holder = acme.addresses.get(shared);
      const version = versionOf(holder?.name);
      expect(holder?.memberId).toBe(version % 2 === 0 ? 'ada' : 'bob');
      expect(members.map((member) => versionOf(acme.members.get(member)?.name))).toEqual(members.map(() => version));
      expect(version).toBeGreaterThanOrEqual(before);
      seen.add(version);
    }
  };
  await Promise.all([
    write(),
    ...loaders.flatMap((loader) => [readAlong(loader, ['ada', 'bob']), readAlong(loader, ['bob'])]),
  ]);
  expect(seen.size).toBeGreaterThan(10);
});

test('an increment of a release that records no changes makes the tenant be read again', async () => {
  const loader = new ContextLoader(pool);
  const load = async () => {
    const keys = new LookupKeys();
    keys.add({ tenantId: 'acme', to: [{ member: 'ada' }] });
    return (await loader.load(keys)).get('acme')?.members.get('ada')?.name;
  };
  const apply = new ApplyRecipients(pool, tenants);
  await apply.handle(batchOf(recipientChanged, [state('ada', 1), state('bob', 1)]));
  await load();
  const incremented = `UPDATE context_version SET version = version + 1 WHERE tenant_id = 'acme'`;
  await pool.query(`WITH v AS (${incremented}) UPDATE recipient SET name = 'old release' WHERE member_id = 'ada'`);
  expect(await load()).toBe('old release');
  await pool.query(`WITH v AS (${incremented}) UPDATE recipient SET name = 'again' WHERE member_id = 'ada'`);
  await apply.handle(batchOf(recipientChanged, [state('bob', 2)]));
  expect(await load()).toBe('again');
});

test('an address that unsubscribes while it gets a member counts for the member', async () => {
  const loader = new ContextLoader(pool);
  const load = async () => {
    const keys = new LookupKeys();
    keys.add({ tenantId: 'acme', to: [{ member: 'ada' }] });
    return (await loader.load(keys)).get('acme')?.members.get('ada')?.unsubscribed;
  };
  await new ApplyRecipients(pool, tenants).handle(batchOf(recipientChanged, [state('ada', 1)]));
  expect(await load()).toBeUndefined();
  await pool.query(`INSERT INTO unsubscription VALUES ('acme', 'email:ada@acme.test', 'report.ready')`);
  await pool.query(recordChange({ tenantId: 'acme', recipient: 'email:ada@acme.test' }));
  expect(await load()).toEqual(new Set(['report.ready']));
});

test('of many changes the last are kept, and who knows none of them any more reads everything again', async () => {
  const loader = new ContextLoader(pool);
  const load = async () => {
    const keys = new LookupKeys();
    keys.add({ tenantId: 'acme', to: [{ member: 'ada' }] });
    return (await loader.load(keys)).get('acme')?.members.get('ada')?.name;
  };
  const apply = new ApplyRecipients(pool, tenants);
  await apply.handle(batchOf(recipientChanged, [state('ada', 1)]));
  await load();
  await apply.handle(batchOf(recipientChanged, [state('ada', 2)]));
  for (let n = 0; n < 1_000; n++) await pool.query(recordChange({ tenantId: 'acme', recipient: 'member:bob' }));
  const { rows } = await pool.query<{ count: string }>('SELECT count(*) FROM context_change');
  expect(rows).toEqual([{ count: '1000' }]);
  expect(await load()).toBe('ada 2');
});

test('who deletes a member waits for what the member is changing, not the other way round', async () => {
  const apply = new ApplyRecipients(pool, tenants);
  await apply.handle(batchOf(recipientChanged, [state('ada', 1)]));
  await pool.query(`INSERT INTO member_preferences VALUES ('acme', 'ada', false, '{}', '{}', 'ada')`);
  const member = await pool.connect();
  try {
    await member.query('BEGIN');
    await member.query('UPDATE member_preferences SET slack_off = true');
    const deleted = apply.handle(batchOf(recipientChanged, [gone('ada', 2)]));
    await until('the deletion waits', async () => {
      const waiting = await pool.query(`SELECT 1 FROM pg_locks WHERE NOT granted`);
      return waiting.rows.length > 0;
    });
    await member.query("SET LOCAL lock_timeout = '5s'");
    await member.query(recordChange({ tenantId: 'acme', recipient: 'member:ada' }));
    await member.query('COMMIT');
    await deleted;
  } finally {
    member.release();
  }
  expect((await pool.query('SELECT 1 FROM member_preferences')).rows).toEqual([]);
});

/** The pool, with the number of rows that each statement returned. */
function countingRows(read: Map<string, number>): typeof pool {
  const counting = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(of, name) {
        const value = Reflect.get(of, name) as unknown;
        if (typeof value !== 'function') return value;
        const call = value.bind(of) as (...given: unknown[]) => Promise<unknown>;
        if (name === 'connect') return async () => counting((await call()) as object);
        if (name !== 'query') return call;
        return async (statement: { name?: string }) => {
          const result = (await call(statement)) as { rows: unknown[] };
          if (statement.name !== undefined) {
            read.set(statement.name, (read.get(statement.name) ?? 0) + result.rows.length);
          }
          return result;
        };
      },
    });
  return counting(pool);
}
