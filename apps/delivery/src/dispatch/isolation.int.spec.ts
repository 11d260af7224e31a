// What one lane, one row or one queue can do to the others, on a real ledger: nothing.
import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '@carillon/messaging/testing';
import { metricsText } from '@carillon/telemetry';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import type { ResolvedRecord } from '../model/ingest-plan.ts';
import { delivered, DispatchStage } from '../testing/dispatch-stage.ts';
import { whileLocked } from '../testing/locked-row.ts';
import { resolved, toMember, useLedger } from '../testing/ledger-stage.ts';

const ledger = useLedger();
const stages: DispatchStage[] = [];
type DispatchSettings = ConstructorParameters<typeof DispatchStage> extends [unknown, ...infer Rest] ? Rest : never;

afterEach(async () => {
  await Promise.all(stages.splice(0).map((stage) => stage.stop()));
});

function stageWith(...[answer, limits, mostHeads]: DispatchSettings): DispatchStage {
  const stage = new DispatchStage(ledger, answer, limits, mostHeads);
  stages.push(stage);
  return stage;
}

const message = (id: string, teamId: string, channel: string): ResolvedRecord =>
  resolved(id, [
    toMember(id, { destinations: [{ kind: 'slack', surface: 'dm', installationId: 'i1', teamId, channel }] }),
  ]);

const rowsOf = (condition: string): string => `SELECT FROM delivery_live WHERE ${condition}`;

const deliveredOf = async (teamId: string): Promise<number> =>
  (await ledger.rows(`SELECT FROM delivery WHERE lane = $1 AND state = 'delivered'`, [teamId])).length;

describe('slots', () => {
  test('two hundred lanes whose requests never end leave room for another', async () => {
    const never = new Promise<never>(() => undefined);
    const stage = stageWith(({ lane }: ClaimedDelivery) => (lane === 'TQUICK' ? delivered : never), {
      callsAtOnce: 512,
    });
    const slow = Array.from({ length: 200 }, (_, lane) =>
      Array.from({ length: 10 }, (_, n) => message(`slow-${lane}-${n}`, `T${lane}`, `C${n}`)),
    ).flat();
    await ledger.take(slow);
    await stage.adopt();
    await stage.requests(200);
    await ledger.take(Array.from({ length: 20 }, (_, n) => message(`quick-${n}`, 'TQUICK', `C${n}`)));
    await stage.adopt();
    await stage.requests(20, 'TQUICK');
    await stage.recorded('TQUICK', 20);
    expect(await deliveredOf('TQUICK')).toBe(20);
    await stages.pop()!.stop(false);
  });
});

describe('a row that somebody has locked', () => {
  test('is not claimed, holds up nobody, and goes out when it is free', async () => {
    const stage = stageWith(() => delivered);
    await ledger.take([
      ...Array.from({ length: 20 }, (_, n) => message(`a-${n}`, 'TA', `C${n}`)),
      ...Array.from({ length: 20 }, (_, n) => message(`b-${n}`, 'TB', `C${n}`)),
    ]);
    await whileLocked(ledger.pool, rowsOf(`lane = 'TA'`), async () => {
      await stage.adopt();
      await stage.requests(20, 'TB');
      await stage.recorded('TB', 20);
      expect([await deliveredOf('TB'), await deliveredOf('TA')]).toEqual([20, 0]);
    });
    await stage.requests(20, 'TA');
    await stage.recorded('TA', 20);
    expect(await deliveredOf('TA')).toBe(20);
  });

  test('while its result is recorded holds up nobody, and its result is recorded when it is free', async () => {
    const locked = Promise.withResolvers<void>();
    const stage = stageWith(async ({ lane }: ClaimedDelivery) => {
      if (lane === 'TA') await locked.promise;
      return delivered;
    });
    await ledger.take([message('a-1', 'TA', 'C1'), message('a-2', 'TA', 'C2')]);
    await stage.adopt();
    await stage.requests(2, 'TA');
    await whileLocked(ledger.pool, rowsOf(`lane = 'TA' AND channel = 'C1'`), async () => {
      await ledger.take(Array.from({ length: 20 }, (_, n) => message(`b-${n}`, 'TB', `C${n}`)));
      locked.resolve();
      await stage.adopt();
      await stage.requests(20, 'TB');
      await stage.recorded('TB', 20);
      await stage.recorded('TA', 1);
      expect([await deliveredOf('TB'), await deliveredOf('TA')]).toEqual([20, 1]);
    });
    await stage.recorded('TA', 2);
    expect((await ledger.outcomes()).filter(({ outcome }) => outcome === 'delivered')).toHaveLength(22);
  });
});

test('a result that the ledger no longer waits for is counted, and changes nothing', async () => {
  const unmatched = async (): Promise<number> =>
    Number(
      /^carillon_delivery_unmatched_results_total\{state="delivered"\} (\d+)$/m.exec(await metricsText())?.[1] ?? 0,
    );
  const before = await unmatched();
  const answered = Promise.withResolvers<void>();
  const stage = stageWith(async () => {
    await answered.promise;
    return delivered;
  });
  await ledger.take([message('a-1', 'TA', 'C1')]);
  await stage.adopt();
  await stage.requests(1);
  // As where an operator ended the delivery, or another process took it over after this one had been suspended.
  await ledger.pool.query(`UPDATE delivery SET state = 'cancelled', settled = true, attempt_id = NULL`);
  answered.resolve();
  await until(async () => (await unmatched()) === before + 1);
  expect(await ledger.states()).toEqual(['a-1 cancelled']);
});

describe('a queue', () => {
  test('of many channels is read by pages and sent in order, with few of it in memory', async () => {
    const stage = stageWith(() => delivered, {}, 200);
    const all = Array.from({ length: 4 }, (_, round) =>
      Array.from({ length: 500 }, (_, n) => message(`m-${round}-${n}`, n % 2 === 0 ? 'TA' : 'TB', `C${n}`)),
    );
    for (const round of all) await ledger.take(round);
    await stage.adopt();
    await stage.requests(2_000);
    expect(new Set(stage.sent.map(({ deliveryId }) => deliveryId)).size).toBe(2_000);
    const byChannel = Map.groupBy(stage.sent, ({ channel }) => channel);
    for (const [channel, sent] of byChannel)
      expect(sent.map(({ externalId }) => externalId)).toEqual(
        [0, 1, 2, 3].map((round) => `m-${round}-${channel.slice(1)}`),
      );
  });
});
