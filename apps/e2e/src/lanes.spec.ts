// Two delivery processes share the lanes; what happens when one of them goes away.
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { until } from '@carillon/playground';
import { Stage } from './stage.ts';

// Seconds are promised here, and the machine may stall for some on its own: a takeover that is slow fails every try.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

let stage: Stage;
let ledger: pg.Pool;
let connected: Awaited<ReturnType<Stage['connectWorkspaces']>>;

beforeAll(async () => {
  stage = await Stage.set({ replicas: { delivery: 2 }, autoRestart: false });
  connected = await stage.connectWorkspaces(4, 5);
  ledger = new pg.Pool({ connectionString: stage.playground.postgres.databaseUrl('delivery'), max: 2 });
  ledger.on('error', () => undefined);
}, 120_000);

afterAll(async () => {
  await ledger?.end();
  await stage?.strike();
}, 60_000);

beforeEach(async () => {
  for (const process of [stage.playground.service('delivery', 0), stage.playground.service('delivery', 1)]) {
    if (process.pid !== undefined) continue;
    await process.start();
    await process.waitReady();
  }
}, 60_000);

/** Lanes by owner. */
async function owners(): Promise<Map<string, number>> {
  const { rows } = await ledger.query<{ pod_id: string; lanes: number }>('SELECT pod_id, count(*)::integer AS lanes FROM lane WHERE pod_id IS NOT NULL GROUP BY 1');
  return new Map(rows.map((row) => [row.pod_id, row.lanes]));
}

const even = (lanes: Map<string, number>, pods: number): boolean => lanes.size === pods && Math.max(...lanes.values()) - Math.min(...lanes.values()) <= 1;

describe('lanes', () => {
  test('two processes share them; one is killed, and the other has its lanes within 5 s', async () => {
    const { ids: first, published: begun } = stage.load(connected, 40);
    await begun;
    await stage.ended(first, 60_000);
    await until('an even share', async () => even(await owners(), 2), { timeoutMs: 15_000 });
    const before = (await stage.slack.messages()).length;
    const { ids, published } = stage.load(connected, 200);
    await published;
    await until('the load to be under way', async () => (await stage.slack.messages()).length > before + 20);
    await stage.playground.service('delivery', 1).kill('SIGKILL');
    const killedAt = performance.now();
    await until('one owner of all lanes', async () => {
      const lanes = await owners();
      return lanes.size === 1 && [...lanes.values()][0] === 4;
    });
    expect(performance.now() - killedAt).toBeLessThan(5_000);
    await stage.ended(ids, 90_000);
  }, 180_000);

  test('a frozen one (SIGSTOP past its lease) sends nothing when it wakes', async () => {
    await until('an even share', async () => even(await owners(), 2), { timeoutMs: 15_000 });
    const { ids, published } = stage.load(connected, 200);
    await published;
    const before = (await stage.slack.messages()).length;
    await until('the load to be under way', async () => (await stage.slack.messages()).length > before + 20);
    const frozen = stage.playground.service('delivery', 0);
    frozen.pause();
    try {
      await until('the other to own all lanes', async () => (await owners()).size === 1, { timeoutMs: 4_000 + 5_000 });
      await stage.ended(ids, 90_000);
    } finally {
      frozen.resume();
    }
    const settled = (await stage.slack.messages()).length;
    await until('the woken process to take part again', async () => even(await owners(), 2), { timeoutMs: 20_000 });
    expect((await stage.slack.messages()).length).toBe(settled);
    const copies = await stage.slack.copies();
    for (const [outcome, ...more] of ids.map((id) => stage.outcomes.of(id))) {
      expect(more).toEqual([]);
      if (copies.get(outcome!.deliveryId!)!.length > 1) expect(outcome!.possibleDuplicate).toBe(true);
    }
  }, 180_000);
});
