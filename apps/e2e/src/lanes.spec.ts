// Delivery processes share the lanes; what happens when one of them goes away, comes, freezes or has the wrong time.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { SupervisedProcess } from '@carillon/playground';
import { MachineDelay } from './machine-delay.ts';
import { nothingLostOrSilentlyDoubled } from './nothing-lost-or-silently-doubled.ts';
import { shortCalls, Stage, type Connected } from './stage.ts';
import { teardown } from './teardown.ts';
import { until } from './until.ts';

/** Divides by one, two and three. */
const laneCount = 6;
const channelCount = 5 * laneCount;
/** The lease of `shortCalls`, and how long the takeover of a lane may take. */
const leaseMs = 8_000;
const takeoverMs = 5_000;
/** A takeover is a chain of so many steps in several processes; a busy machine delays each of them. */
const steps = 3;
/** A process looks after its lanes once a second, with about so many statements. */
const statementsInRound = 10;
const nothingInDoubt = { duplicates: 0, flagged: 0, ambiguousAttempts: 0, ambiguousFailures: 0 };

let stage: Stage;
let ledger: pg.Pool;
let connected: Connected[];

const delivery = (replica: number): SupervisedProcess => stage.playground.service('delivery', replica);

async function startReady(process: SupervisedProcess): Promise<void> {
  await process.start();
  await process.waitReady();
}

beforeAll(async () => {
  stage = await Stage.start({ replicas: { delivery: 3 }, autoRestart: false, env: { delivery: shortCalls } });
  connected = await stage.connectWorkspaces(laneCount, channelCount / laneCount);
  ledger = new pg.Pool({ connectionString: stage.playground.postgres.databaseUrl('delivery'), max: 2 });
  ledger.on('error', () => undefined);
  const load = stage.load(connected, channelCount);
  await nothingLostOrSilentlyDoubled(stage, load); // every lane exists
});

afterAll(async () => {
  await Promise.all([ledger?.end(), teardown()]);
});

/** Waits until one process owns all lanes. Answers how long that took, without what the machine was late meanwhile. */
async function takenOver(): Promise<number> {
  const began = performance.now();
  const machine = MachineDelay.measure({
    everyMs: 1_000,
    work: async () => {
      for (let n = 0; n < statementsInRound; n++) await owners();
    },
  });
  try {
    await until('one owner of all lanes', async () => even(await owners(), 1), { everyMs: 20 });
    return performance.now() - began - machine.late - steps * machine.longest;
  } finally {
    await machine.stop();
  }
}

/** Two processes, each with its share. */
beforeEach(async () => {
  await stage.slack.clearFaults();
  await Promise.all([startReady(delivery(0)), startReady(delivery(1)), delivery(2).stop()]);
  await until('an even share', async () => even(await owners(), 2));
});

/** Lanes by owner. */
async function owners(): Promise<Map<string, number>> {
  const { rows } = await ledger.query<{ pod_id: string; lanes: number }>(
    'SELECT pod_id, count(*)::integer AS lanes FROM lane WHERE pod_id IS NOT NULL GROUP BY 1',
  );
  return new Map(rows.map((row) => [row.pod_id, row.lanes]));
}

const even = (lanes: Map<string, number>, pods: number): boolean =>
  lanes.size === pods &&
  sum(lanes.values()) === laneCount &&
  Math.max(...lanes.values()) - Math.min(...lanes.values()) <= 1;

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0);

describe('lanes', () => {
  test('two processes share them; one is killed, and the other has its lanes within 5 s', async () => {
    const load = stage.load(connected, 240);
    await stage.underWay(load, 0.1);
    await delivery(1).kill('SIGKILL');
    expect(await takenOver()).toBeLessThan(takeoverMs);
    await nothingLostOrSilentlyDoubled(stage, load);
  });

  test('a frozen one (SIGSTOP past its lease) sends nothing when it wakes', async () => {
    const load = stage.load(connected, 240);
    await stage.underWay(load, 0.1);
    const frozen = delivery(0);
    frozen.pause();
    let posted: number;
    try {
      expect(await takenOver()).toBeLessThan(leaseMs + takeoverMs);
      await stage.ended(load.ids);
      posted = (await stage.slack.messages()).length;
    } finally {
      frozen.resume();
    }
    await until('the woken process to take part again', async () => even(await owners(), 2));
    expect((await stage.slack.messages()).length).toBe(posted);
    await nothingLostOrSilentlyDoubled(stage, load);
  });

  test('SIGTERM under load loses and doubles nothing: what is in flight is finished first', async () => {
    // slow answers: much is in flight
    await stage.slack.fault({ kind: 'timeout_after', value: 500, method: 'chat.postMessage' });
    const load = stage.load(connected, 200, 20);
    await stage.underWay(load, 0.1);
    await delivery(1).restart();
    await stage.playground.service('preferences').restart();
    await delivery(0).restart();
    expect(await nothingLostOrSilentlyDoubled(stage, load)).toMatchObject(nothingInDoubt);
  });

  test('scaled from one to three and back under load: they spread evenly, and nothing is lost or doubled', async () => {
    await delivery(1).stop();
    const load = stage.load(connected, 300, 18);
    await stage.underWay(load, 0.1);
    await until('one owner of all lanes', async () => even(await owners(), 1));
    await Promise.all([startReady(delivery(1)), startReady(delivery(2))]);
    await until('an even share of three', async () => even(await owners(), 3));
    await stage.underWay(load, 0.6);
    await Promise.all([delivery(1).stop(), delivery(2).stop()]);
    await until('one owner of all lanes', async () => even(await owners(), 1));
    expect(await nothingLostOrSilentlyDoubled(stage, load)).toMatchObject(nothingInDoubt);
  });

  test('a process whose clock is five minutes ahead sends as the others do', async () => {
    await delivery(1).restart({ env: { NODE_OPTIONS: clockAheadBy(300_000) } });
    await until('an even share', async () => even(await owners(), 2));
    const load = stage.load(connected, 100);
    expect(await nothingLostOrSilentlyDoubled(stage, load)).toMatchObject(nothingInDoubt);
    await delivery(1).restart({ env: { NODE_OPTIONS: '' } });
  });

  test('answers that a process hears after its lanes have moved still count: delivered, not sent again', async () => {
    // All posts are there before the first is answered, and the answers are heard before a call times out.
    const longTimeouts = { CALL_TIMEOUT_MS: '40s', LEASE_MS: '60s', RECONCILE_WAIT_MS: '40s' };
    const answerAfterMs = 8_000;
    await Promise.all([delivery(0).restart({ env: longTimeouts }), delivery(1).restart({ env: longTimeouts })]);
    await until('an even share', async () => even(await owners(), 2));
    await stage.slack.fault({ kind: 'timeout_after', value: answerAfterMs, method: 'chat.postMessage' });
    const before = (await stage.slack.messages()).length;
    // As many as a lane has under way while none is answered.
    const underWay = connected.map((workspace) => ({ ...workspace, channels: workspace.channels.slice(0, 3) }));
    const count = 3 * laneCount;
    const load = stage.load(underWay, count);
    await until(
      'all to be posted and none answered',
      async () => (await stage.slack.messages()).length === before + count,
      { everyMs: 20 },
    );
    const frozen = delivery(0);
    frozen.pause();
    try {
      await endSessionOfTheSilent();
      await until('the other to own all lanes', async () => even(await owners(), 1), { everyMs: 50 });
      const { rows } = await ledger.query<{ unknown: number }>(
        `SELECT count(*)::integer AS unknown FROM delivery_live WHERE state = 'unknown'`,
      );
      expect(rows[0]!.unknown).toBeGreaterThan(0);
    } finally {
      frozen.resume();
    }
    expect(await nothingLostOrSilentlyDoubled(stage, load)).toMatchObject({
      delivered: count,
      ...nothingInDoubt,
    });
  });
});

/** For NODE_OPTIONS: only the wall clock is wrong, as it would be on a machine that lost its time server. */
function clockAheadBy(ms: number): string {
  const script = `const Right=Date;globalThis.Date=class extends Right{constructor(...a){a.length?super(...a):super(Right.now()+${ms})}static now(){return Right.now()+${ms}}}`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}

/**
 * Cuts the database session of the process that does not renew its lease, so that it is taken for dead before its calls
 * time out.
 */
async function endSessionOfTheSilent(): Promise<void> {
  const leases = async (): Promise<Map<string, string>> => {
    const { rows } = await ledger.query<{ pod_id: string; lease_until: string }>(
      'SELECT pod_id, lease_until::text FROM pod',
    );
    return new Map(rows.map((row) => [row.pod_id, row.lease_until]));
  };
  const before = await leases();
  const silent = await until('one lease to be renewed and one not', async () => {
    const now = await leases();
    const still = [...before].filter(([podId, lease]) => now.get(podId) === lease).map(([podId]) => podId);
    return still.length === 1 ? still[0] : undefined;
  });
  await ledger.query(
    `SELECT pg_terminate_backend(l.pid) FROM pod p JOIN pg_locks l ON l.locktype = 'advisory' AND l.objsubid = 2 AND l.objid = p.lock_key WHERE p.pod_id = $1`,
    [silent],
  );
}
