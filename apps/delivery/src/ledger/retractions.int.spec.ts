// Retractions in bounded transactions, while somebody else holds locks and after a crash. On a real PostgreSQL.
import { expect, test } from '@jest/globals';
import { idOf, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { whileLocked } from '../testing/locked-row.ts';
import { applyPendingRetractions, applyRetractions, rememberRetractions } from './retractions.ts';

const stage = useLedger();
const many = (n: number) => Array.from({ length: n }, (_, i) => toMember(`m${String(i).padStart(4, '0')}`));
const remember = (...ids: string[]) =>
  rememberRetractions(
    stage.pool,
    ids.map((id) => ({ notificationId: idOf(id), tenantId: 'acme' })),
  );
const open = async (): Promise<unknown[]> =>
  (await stage.rows(`SELECT recipient FROM delivery_live ORDER BY 1`)).map(({ recipient }) => recipient);
const pending = async (): Promise<number> =>
  (await stage.rows('SELECT FROM retraction WHERE applied_at IS NULL')).length;

test('one of 1,200 recipients is several transactions, none of more than 500 deliveries', async () => {
  await stage.take([resolved('big', many(1_200))]);
  await remember('big');
  await applyRetractions(stage.pool, [idOf('big')]);
  expect(await open()).toEqual([]);
  expect(await pending()).toBe(0);
  const sizes = await stage.rows('SELECT count(*)::integer AS n FROM delivery GROUP BY xmin::text ORDER BY 1 DESC');
  expect(sizes).toEqual([{ n: 500 }, { n: 500 }, { n: 200 }]);
});

test('a locked delivery delays the retraction of no other, and is retracted when it is free', async () => {
  await stage.take([resolved('r1', [toMember('ada'), toMember('bob')]), resolved('r2', [toMember('cyd')])]);
  await remember('r1', 'r2');
  await whileLocked(stage.pool, `SELECT FROM delivery_live WHERE recipient = 'member:bob'`, async () => {
    await applyRetractions(stage.pool, [idOf('r1'), idOf('r2')]);
    expect(await open()).toEqual(['member:bob']);
    expect(await pending()).toBe(1);
    await applyPendingRetractions(stage.pool);
    expect(await pending()).toBe(1);
  });
  await applyPendingRetractions(stage.pool);
  expect(await open()).toEqual([]);
  expect(await pending()).toBe(0);
});

test('a locked message or notification delays no other deletion, and is deleted when it is free', async () => {
  await stage.take([
    resolved('r1', [toMember('ada')]),
    resolved('r2', [toMember('bob')]),
    resolved('r3', [toMember('cyd')]),
  ]);
  for (const delivery of await stage.claimAll(await stage.own())) await stage.deliver(delivery);
  await remember('r1', 'r2', 'r3');
  const notification = `SELECT FROM notification WHERE notification_id = '${idOf('r2')}'`;
  await whileLocked(stage.pool, `SELECT FROM delivery WHERE recipient = 'member:ada'`, () =>
    whileLocked(stage.pool, notification, async () => {
      await applyRetractions(
        stage.pool,
        ['r1', 'r2', 'r3'].map((id) => idOf(id)),
      );
      expect(await open()).toEqual(['member:cyd']);
    }),
  );
  expect(await applyPendingRetractions(stage.pool)).toHaveLength(2);
  expect(await pending()).toBe(0);
});

test('what a crash left is applied by maintenance', async () => {
  await stage.take([resolved('r1', [toMember('ada')])]);
  await stage.deliver((await stage.claimAll(await stage.own()))[0]!);
  await remember('r1');
  expect(await applyPendingRetractions(stage.pool)).toEqual([{ lane: 'T1', channel: 'U-ada', priority: 1 }]);
  expect(await applyPendingRetractions(stage.pool)).toEqual([]);
});
