// What operators see of the queues at /metrics.
import { expect, test } from '@jest/globals';
import { metricsText } from '@carillon/telemetry';
import { queueTotals } from '../ledger/queue-totals.ts';
import { lane, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { showQueueTotals } from './queue-metrics.ts';

const stage = useLedger();

const shown = async (): Promise<string[]> =>
  (await metricsText())
    .split('\n')
    .filter((line) => /^carillon_delivery_(queued|oldest_ready|blocked_lanes)/.test(line) && !line.endsWith(' 0'));

test('depth by state, the age of the oldest that nothing blocks, and the lanes that something blocks by cause', async () => {
  await stage.take([resolved('r1', [toMember('ada'), toMember('bob')]), resolved('r2', [toMember('cyd')])]);
  await stage.own();
  await stage.pool.query(
    `UPDATE delivery SET ready_at = now() - interval '100 seconds' WHERE recipient = 'member:bob'`,
  );
  await stage.pool.query(`UPDATE delivery SET state = 'waiting' WHERE recipient = 'member:cyd'`);
  showQueueTotals(await queueTotals(stage.pool));
  const [oldest, ...others] = (await shown()).sort().reverse();
  expect([oldest, others]).toEqual([
    'carillon_delivery_queued{state="waiting"} 1',
    [
      'carillon_delivery_queued{state="ready"} 2',
      expect.stringMatching(/^carillon_delivery_oldest_ready_seconds\{scope="all"\} 100\./),
    ],
  ]);

  for (const [cause, change] of [
    ['limited', `UPDATE lane SET blocked = json_build_object('chat.postMessage', now() + interval '1 minute')`],
    ['no_owner', `UPDATE lane SET blocked = NULL, pod_id = NULL`],
    ['paused', `UPDATE lane SET paused_at = now(), paused_by = 'operator'`],
  ] as const) {
    await stage.pool.query(`${change} WHERE lane_id = '${lane}'`);
    showQueueTotals(await queueTotals(stage.pool));
    expect(await shown()).toEqual([
      'carillon_delivery_queued{state="waiting"} 1',
      'carillon_delivery_queued{state="ready"} 2',
      `carillon_delivery_blocked_lanes{cause="${cause}"} 1`,
    ]);
  }
});

test('one process counts at a time', async () => {
  const session = await stage.pool.connect();
  await session.query(`BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('queue totals', 0))`);
  expect(await queueTotals(stage.pool)).toBeUndefined();
  await session.query('ROLLBACK');
  session.release();
  expect(await queueTotals(stage.pool)).toBeDefined();
});
