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
import { ContextLoader, LookupKeys } from './context-loader.ts';

let database: ReplicaDatabase;
let pool: ReplicaDatabase['pool'];

beforeAll(async () => {
  database = await createReplicaDatabase();
  pool = database.pool;
});
beforeEach(() => database.clear());
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
