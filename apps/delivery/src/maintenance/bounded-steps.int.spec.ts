// Every job works in bounded steps, and a row that somebody else has locked keeps no other row waiting.
import { expect, test } from '@jest/globals';
import { abandonOrphanedAttempts, attemptsUnderWay } from '../ledger/abandoned-attempts.ts';
import { idOf, lane, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { whileLocked } from '../testing/locked-row.ts';
import { runSteps } from '../testing/run-steps.ts';
import { releaseDue } from './due-deliveries.ts';
import { expireDue, expireHeld } from './expiry.ts';
import { retentionSteps } from './retention.ts';

const stage = useLedger();
const rowsOf = (id: string): string => `SELECT FROM delivery_live WHERE notification_id = '${idOf(id)}'`;
const count = async (table: string): Promise<number> =>
  (await stage.rows(`SELECT count(*)::integer AS n FROM ${table}`))[0]!['n'] as number;
const many = (n: number) => Array.from({ length: n }, (_, i) => toMember(`m${String(i).padStart(4, '0')}`));

test('the expiry of 1,001 deliveries is three steps, and a locked one waits alone', async () => {
  await stage.take([resolved('r1', many(1_001), { expiresAt: '2030-01-01T00:00:00Z' })]);
  await stage.own();
  await stage.pool.query(`UPDATE delivery SET expires_at = now()`);
  const locked = `SELECT FROM delivery_live WHERE recipient = 'member:m0000'`;
  await whileLocked(stage.pool, locked, async () => {
    expect(await expireDue(stage.pool, stage.podA)).toBe(true);
    expect(await count('delivery_live')).toBe(501);
    expect(await expireHeld(stage.pool, stage.podA)).toBe(true);
    expect(await expireDue(stage.pool, stage.podA)).toBe(false);
    expect(await count('delivery_live')).toBe(1);
  });
  expect(await expireDue(stage.pool, stage.podA)).toBe(false);
  expect(await count('delivery_live')).toBe(0);
});

test('deliveries that are due enter their queues, 500 in a step, and a locked one waits alone', async () => {
  await stage.take([resolved('r1', many(501), {}), resolved('r2', [toMember('ada')])]);
  await stage.own();
  await stage.pool.query(`UPDATE delivery SET state = 'waiting'`);
  await whileLocked(stage.pool, rowsOf('r2'), async () => {
    expect(await releaseDue(stage.pool, stage.podA)).toMatchObject({ lanes: [lane], nextInMs: 0 });
    await releaseDue(stage.pool, stage.podA);
    expect(await stage.rows(`SELECT recipient FROM delivery_live WHERE state = 'waiting'`)).toEqual([
      { recipient: 'member:ada' },
    ]);
  });
  expect(await releaseDue(stage.pool, stage.podA)).toMatchObject({ lanes: [lane] });
});

test('orphaned attempts become unknown although one of them is locked', async () => {
  await stage.take([resolved('r1', [toMember('ada')]), resolved('r2', [toMember('bob')])]);
  await stage.claimAll(await stage.own());
  const attempts = await attemptsUnderWay(stage.pool, [lane]);
  await whileLocked(stage.pool, rowsOf('r1'), async () => {
    expect(await abandonOrphanedAttempts(stage.pool, attempts, 0)).toBe(1);
    expect(await stage.states()).toEqual(['r1 sending', 'r2 unknown']);
  });
  expect(await abandonOrphanedAttempts(stage.pool, attempts, 0)).toBe(1);
});

/** As if all were sent long ago. */
async function endAll(): Promise<void> {
  await stage.pool.query(
    `UPDATE delivery SET state = 'cancelled', settled = true; UPDATE notification SET forget_on = current_date`,
  );
}

test('retention forgets a notification with 1,100 recipients in steps, and the notification with the last', async () => {
  await stage.take([resolved('big', many(1_100))]);
  await endAll();
  const steps = retentionSteps(stage.pool);
  const left: number[][] = [];
  while (!(await steps.next()).done)
    left.push(await Promise.all(['delivery', 'notification', 'decision WHERE answer IS NOT NULL'].map(count)));
  expect(left).toEqual([
    [600, 1, 600],
    [100, 1, 100],
  ]);
  expect(await Promise.all(['delivery', 'notification', 'decision WHERE answer IS NOT NULL'].map(count))).toEqual([
    0, 0, 0,
  ]);
});

test('retention keeps what is not over of a notification with 1,100 recipients, and the notification', async () => {
  await stage.take([resolved('big', many(1_100))]);
  await endAll();
  await stage.pool.query(
    `UPDATE delivery SET state = 'ready', settled = false WHERE recipient IN ('member:m0007', 'member:m1099')`,
  );
  await runSteps(retentionSteps(stage.pool));
  expect(await count('delivery_live')).toBe(2);
  expect(await count('delivery')).toBeLessThan(500);
  expect(await count('notification')).toBe(1);
  await endAll();
  await runSteps(retentionSteps(stage.pool));
  expect(await Promise.all(['delivery', 'notification'].map(count))).toEqual([0, 0]);
});

test('retention passes by a notification that somebody has locked', async () => {
  await stage.take(['r1', 'r2', 'r3'].map((id) => resolved(id, [toMember('ada')])));
  await endAll();
  const locked = `SELECT FROM notification WHERE notification_id = '${idOf('r2')}'`;
  await whileLocked(stage.pool, locked, async () => {
    await runSteps(retentionSteps(stage.pool));
    expect(await stage.rows('SELECT external_id AS id FROM notification')).toEqual([{ id: 'r2' }]);
  });
  await runSteps(retentionSteps(stage.pool));
  expect(await count('delivery')).toBe(0);
});
