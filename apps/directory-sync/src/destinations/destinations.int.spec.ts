// Saved destinations, in PostgreSQL.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { destinationChanged } from '@carillon/domain';
import { etagOf, Problem, type AuditLog, type Identity } from '@carillon/runtime';
import { SyncStage } from '../testing/sync-stage.ts';
import { Destinations } from './destinations.ts';

let stage: SyncStage;
let destinations: Destinations;
let recorded: { action: string }[];

beforeAll(async () => {
  stage = await SyncStage.start();
});
beforeEach(async () => {
  await stage.reset();
  recorded = [];
  const audit = {
    record: (_: unknown, __: unknown, act: { action: string }) => Promise.resolve(void recorded.push(act)),
  };
  destinations = new Destinations(stage.directory.pool, audit as unknown as AuditLog);
  await stage.directory.members([{ memberId: 'ada' }, { memberId: 'ben' }, { memberId: 'eve', tenantId: 'globex' }]);
  const { installationId } = stage.installation;
  await stage.directory.installation({ installationId, teamId: stage.team });
  await stage.directory.pool.query(
    `INSERT INTO channel (installation_id, channel_id, team_id, name, private, archived)
     VALUES ($1, 'C1', 'T1', 'sales', false, false), ($1, 'C2', 'T1', 'old', false, true)`,
    [installationId],
  );
  await stage.directory.pool.query('DELETE FROM outbox');
});
afterEach(() => stage.directory.close());
afterAll(() => stage?.stop());

const olga: Identity = { memberId: 'olga', tenantId: 'acme', tenantIds: [], roles: ['admin'] };
const create = (
  name: string,
  to: Parameters<Destinations['create']>[1]['to'] = [{ member: 'ada' }],
  tenantId = 'acme',
) => destinations.create(tenantId, { name, to }, olga);
const problem = async (change: Promise<unknown>): Promise<{ status: number; errors: unknown }> => {
  const error = await change.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Problem)) throw new Error('no problem', { cause: error });
  return { status: error.status, errors: error.errors };
};
const records = async () =>
  (
    await stage.directory.pool.query<{ key: Buffer; value: Buffer | null }>(
      'SELECT key, value FROM outbox WHERE topic = $1 ORDER BY id',
      [destinationChanged.name],
    )
  ).rows.map(({ key, value }) => [key.toString(), value && (JSON.parse(value.toString()) as object)]);

test('it is saved, changed and deleted, each with a record and an entry of the audit log', async () => {
  const to = [{ channel: 'C1' }, { member: 'ada' }, { members: ['ada', 'ben'] }];
  const made = await create('Sales', to);
  expect(await destinations.get('acme', made.id)).toEqual(made);
  const changed = await destinations.replace('acme', made.id, { name: 'Sales team', to }, olga, etagOf(made));
  expect(changed.version).toBeGreaterThan(made.version);
  expect(await problem(destinations.delete('acme', made.id, olga, etagOf(made)))).toMatchObject({ status: 412 });
  await destinations.delete('acme', made.id, olga, etagOf(changed));
  expect(await problem(destinations.get('acme', made.id))).toMatchObject({ status: 404 });
  const key = `acme:${made.id}`;
  expect(await records()).toEqual([
    [key, { tenantId: 'acme', destinationId: made.id, name: 'Sales', to, version: made.version }],
    [key, expect.objectContaining({ name: 'Sales team', version: changed.version })],
    [key, null],
  ]);
  expect(recorded.map(({ action }) => action)).toEqual([
    'destination.created',
    'destination.changed',
    'destination.deleted',
  ]);
});

test.each([
  ['an unknown member', [{ member: 'nobody' }], 'to[0].member'],
  ["another tenant's member", [{ member: 'ada' }, { member: 'eve' }], 'to[1].member'],
  ['an unknown member of a group', [{ members: ['ada', 'nobody'] }], 'to[0].members[1]'],
  ['an unknown channel', [{ channel: 'C9' }], 'to[0].channel'],
  ['an archived channel', [{ channel: 'C2' }], 'to[0].channel'],
  ['a channel of another installation', [{ channel: 'C1', installation: 'other' }], 'to[0].channel'],
])('%s is refused, by its place, and nothing is saved', async (_, to, path) => {
  expect(await problem(create('Sales', to))).toMatchObject({ status: 400, errors: [{ path }] });
  expect(await records()).toEqual([]);
});

test('a name is given once, whatever the case, also by two admins at once', async () => {
  const ends = await Promise.allSettled([create('Sales'), create('SALES'), create('sales', undefined, 'globex')]);
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await problem(create('sALES'))).toMatchObject({ status: 409, errors: [{ path: 'name' }] });
});

test('what is archived after it was saved is shown as a fault', async () => {
  const made = await create('Sales', [{ channel: 'C1' }, { member: 'ada' }]);
  expect(await destinations.faults('acme', made)).toEqual([]);
  await stage.directory.pool.query(`UPDATE channel SET archived = true WHERE channel_id = 'C1'`);
  await stage.directory.memberGone('ada');
  expect((await destinations.faults('acme', made)).map(({ path }) => path).sort()).toEqual([
    'to[0].channel',
    'to[1].member',
  ]);
});

test('they are listed by name, page by page, those of the tenant only', async () => {
  for (const name of ['b', 'C', 'a', 'ab']) await create(name);
  const first = await destinations.list('acme', { count: 2 });
  expect(first.map(({ name }) => name)).toEqual(['a', 'ab']);
  const rest = await destinations.list('acme', { after: ['ab', first[1]!.id], count: 10 });
  expect(rest.map(({ name }) => name)).toEqual(['b', 'C']);
  expect((await destinations.list('acme', { q: 'B', count: 10 })).map(({ name }) => name)).toEqual(['ab', 'b']);
  expect(await destinations.list('globex', { count: 10 })).toEqual([]);
});
