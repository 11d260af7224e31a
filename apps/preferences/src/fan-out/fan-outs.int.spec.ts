// How processes share the fan-outs, on a real database.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { typeOf } from '../testing/context-fixtures.ts';
import { createReplicaDatabase, type ReplicaDatabase } from '../testing/replica-database.ts';
import { FanOuts, type FanOut } from './fan-outs.ts';

let database: ReplicaDatabase;
let here: FanOuts;
let there: FanOuts;

beforeAll(async () => {
  database = await createReplicaDatabase();
  here = new FanOuts(database.pool);
  there = new FanOuts(database.pool);
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

const begin = { step: 0, after: '', page: 0, found: 0 };
const fanOut = (n: number, tenantId = 'acme'): FanOut => ({
  notificationId: `00000000-0000-5000-8000-00000000000${n}`,
  tenantId,
  event: {
    ...{ source: '/acme/reports', id: String(n), requestHash: 'h', traceparent: '00-1-1-01' },
    request: { tenantId, type: 'report.ready', title: 'All', to: [{ everyone: true }] },
    type: typeOf(),
  },
  position: begin,
});

test('one process has a fan-out at a time, the oldest of the tenant first', async () => {
  await here.add([fanOut(1), fanOut(3, 'globex')]);
  await here.add([fanOut(2)]);
  expect((await here.waitingTenants()).sort()).toEqual(['acme', 'globex']);
  expect(await here.claim('acme')).toMatchObject(fanOut(1));
  expect((await there.claim('acme'))?.notificationId).toBe(fanOut(2).notificationId);
  expect(await there.claim('acme')).toBeUndefined();
  expect((await there.claim('globex'))?.notificationId).toBe(fanOut(3).notificationId);
  expect(await here.claim('globex')).toBeUndefined();
});

test('one that comes again is neither begun anew nor repeated when it is done', async () => {
  await here.add([fanOut(1)]);
  const claimed = (await here.claim('acme'))!;
  const position = { ...begin, after: 'm', page: 1, found: 7 };
  expect(await here.advance(claimed, position)).toBe(true);
  await there.add([fanOut(1)]);
  await here.release({ ...claimed, position });
  expect((await there.claim('acme'))?.position).toEqual(position);
  await there.finish({ ...claimed, position });
  await here.add([fanOut(1)]);
  expect(await here.waitingTenants()).toEqual([]);
  const { rows } = await database.pool.query<object>('SELECT event FROM fan_out');
  expect(rows).toEqual([{ event: null }]);
});

test('whoever lost its lease neither goes on nor ends what another process goes on with', async () => {
  await here.add([fanOut(1)]);
  const old = (await here.claim('acme'))!;
  await database.pool.query(`UPDATE fan_out SET leased_until = now() - interval '1 s'`);
  const taken = (await there.claim('acme'))!;
  const position = { ...begin, after: 'm', page: 1, found: 7 };
  expect(await there.advance(taken, position)).toBe(true);
  expect(await here.advance(old, { ...position, after: 'k' })).toBe(false);
  await here.release(old);
  await here.finish(old);
  expect(await here.claim('acme')).toBeUndefined();
  await there.release({ ...taken, position });
  expect((await here.claim('acme'))?.position).toEqual(position);
});

test('what is done is remembered as long as its id, and then forgotten', async () => {
  await here.add([fanOut(1), fanOut(2), fanOut(3)]);
  for (let n = 0; n < 2; n++) await here.finish((await here.claim('acme'))!);
  await database.pool.query(
    `UPDATE fan_out SET done_at = now() - interval '31 days' WHERE done_at IS NOT NULL AND notification_id = $1`,
    [fanOut(1).notificationId],
  );
  expect(await here.forget()).toBe(1);
  expect((await database.pool.query('SELECT FROM fan_out')).rowCount).toBe(2);
});

test('who waits for more is woken by what the process adds', async () => {
  const waiting = here.untilAdded(60_000, new AbortController().signal);
  await here.add([fanOut(1)]);
  await waiting;
});

test('what is urgent goes first, then what has the fewest pages, so that a small one does not wait for a large one', async () => {
  const large = { ...fanOut(1), position: { ...begin, page: 7 } };
  const urgent = fanOut(3);
  urgent.event.request.priority = 'urgent';
  await here.add([large]);
  await here.add([fanOut(2)]);
  await here.add([urgent]);
  const order = [await here.claim('acme'), await here.claim('acme'), await here.claim('acme')];
  expect(order.map((one) => one?.notificationId)).toEqual([urgent, fanOut(2), large].map((one) => one.notificationId));
});

test('the tenants with fan-outs are found, each once, those whose are done are not', async () => {
  await here.add([fanOut(1), fanOut(2), fanOut(3, 'globex'), fanOut(4, 'initech')]);
  await here.finish((await here.claim('globex'))!);
  expect(await here.waitingTenants()).toEqual(['acme', 'initech']);
});
