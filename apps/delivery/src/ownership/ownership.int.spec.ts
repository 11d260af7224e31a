// What keeps a process its lanes, and lanes their owner, while somebody else holds locks. On a real PostgreSQL.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createPool } from '@carillon/persistence';
import type { Pool, PoolClient } from 'pg';
import { Installations } from '../channels/slack/installations.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import { laneFactory } from '../dispatch/lane-factory.ts';
import { testChannels } from '../testing/channels.ts';
import { policy, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { whileLocked } from '../testing/locked-row.ts';
import { acquireLanes, releaseLanes, storeSnapshots } from './lane-assignments.ts';
import { Lease, type Moment } from './lease.ts';
import { Ownership } from './ownership.ts';
import { enter, PodWatch } from './pods.ts';

/** As the pool of ownership in app.module.ts. */
let pool: Pool;
let client: PoolClient;
// Before the stage's own, which drops the database.
afterAll(async () => {
  client?.release();
  await pool?.end();
});
const stage = useLedger();

beforeAll(async () => {
  const { rows } = await stage.pool.query<{ name: string }>('SELECT current_database() AS name');
  const url = new URL(process.env['TEST_DATABASE_URL']!);
  url.pathname = `/${rows[0]!.name}`;
  pool = createPool(url.href, { statementTimeoutMs: 5_000, settings: { lock_timeout: '200' } });
  client = await pool.connect();
});
beforeEach(async () => {
  await stage.pool.query('TRUNCATE pod');
});

const toLane = (id: string, teamId: string) =>
  resolved(id, [
    toMember(id, {
      destinations: [{ kind: 'slack', surface: 'dm', installationId: 'i1', teamId, channel: `U-${id}` }],
    }),
  ]);

const acquire = async (podId = stage.podA): Promise<string[]> =>
  (await acquireLanes(client, { podId, living: [podId], holds: [] }, 100, 0)).map(({ laneId }) => laneId).sort();

describe('lanes are taken over', () => {
  test('although one of them is locked, which follows when it is not', async () => {
    await stage.take(['T1', 'T2', 'T3', 'T4', 'T5'].map((team) => toLane(team, team)));
    await whileLocked(stage.pool, `SELECT FROM lane WHERE lane_id = 'T2'`, async () => {
      expect(await acquire()).toEqual(['T1', 'T3', 'T4', 'T5']);
    });
  });

  test('although a delivery under way of one of them is locked, whose attempt becomes unknown when it is not', async () => {
    await stage.take(['T1', 'T2', 'T3', 'T4', 'T5'].map((team) => toLane(team, team)));
    await stage.pool.query(`UPDATE delivery SET state = 'sending', attempt_id = gen_random_uuid(), claimed_at = now()`);
    await whileLocked(stage.pool, `SELECT FROM delivery_live WHERE lane = 'T4'`, async () => {
      expect(await acquire()).toEqual(['T1', 'T2', 'T3', 'T5']);
      expect(await stage.rows(`SELECT lane FROM delivery_live WHERE state = 'sending'`)).toEqual([{ lane: 'T4' }]);
    });
    await stage.pool.query(`UPDATE lane SET pod_id = NULL WHERE lane_id <> 'T4'`);
    expect(await acquire(stage.podB)).toHaveLength(5);
    expect(await stage.rows(`SELECT lane FROM delivery_live WHERE state = 'sending'`)).toEqual([]);
  });

  test('with what the other side still blocks in them, on the clock of the database', async () => {
    await stage.take([toLane('T1', 'T1')]);
    await acquire();
    await storeSnapshots(pool, stage.podA, [
      { id: 'T1', learned: null, blockedForMs: { 'chat.postMessage': 60_000, 'chat.update': -1 } },
    ]);
    const [taken] = await acquireLanes(client, { podId: stage.podB, living: [stage.podB], holds: [] }, 100, 0);
    expect(Object.keys(taken!.blockedForMs!)).toEqual(['chat.postMessage']);
    const left = taken!.blockedForMs!['chat.postMessage']!;
    expect(left > 0 && left <= 60_000).toBe(true);
  });
});

test('lanes are stored and given back although one of them is locked', async () => {
  await stage.take(['T1', 'T2', 'T3'].map((team) => toLane(team, team)));
  await acquire();
  const lanes = ['T1', 'T2', 'T3'].map((id) => ({ id, learned: { perMinute: 60, step: 1 }, blockedForMs: {} }));
  await whileLocked(stage.pool, `SELECT FROM lane WHERE lane_id = 'T2'`, async () => {
    await releaseLanes(pool, stage.podA, lanes);
  });
  expect(
    await stage.rows(`SELECT lane_id AS id, pod_id IS NULL AS free, pace IS NOT NULL AS stored FROM lane ORDER BY 1`),
  ).toEqual([
    { id: 'T1', free: true, stored: true },
    { id: 'T2', free: false, stored: false },
    { id: 'T3', free: true, stored: true },
  ]);
});

test('a process whose row is locked is not declared dead before its lease ends, and delays nobody', async () => {
  const [gone, here] = [
    { podId: randomUUID(), lockKey: 1 },
    { podId: randomUUID(), lockKey: 2 },
  ];
  const session = await stage.pool.connect();
  await enter(session, gone, 60_000);
  await session.query('SELECT pg_advisory_unlock_all()');
  session.release();
  await enter(client, here, 60_000);
  const watch = new PodWatch();
  await watch.living(client, 0);
  const row = `SELECT FROM pod WHERE pod_id = '${gone.podId}'`;
  await whileLocked(stage.pool, row, async () => {
    expect(await watch.living(client, 10_000)).toContain(gone.podId);
  });
  expect(await watch.living(client, 10_000)).toEqual([here.podId]);
  await client.query('SELECT pg_advisory_unlock_all()');
});

/** Tells of its renewals. */
class WatchedLease extends Lease {
  private wanted = Promise.withResolvers<void>();

  override renewed(askedAt: Moment): void {
    super.renewed(askedAt);
    this.wanted.resolve();
  }

  next(): Promise<void> {
    this.wanted = Promise.withResolvers<void>();
    return this.wanted.promise;
  }
}

test('the lease is renewed although the rounds of lanes wait for locks, and they go on afterwards', async () => {
  await stage.take([toLane('T1', 'T1')]);
  const lease = new WatchedLease(30_000, 10_000);
  const channels = testChannels(stage.pool, new Installations(stage.pool));
  const dispatcher = new Dispatcher(stage.pool, lease, channels, { ...policy, perLane: 1, mostHeads: 100 });
  // Lanes take part, and send nothing: every one is paused.
  await stage.pool.query('UPDATE lane SET paused_at = now()');
  const patient = createPool(pool.options.connectionString!, { max: 3 });
  const ownership = new Ownership(
    { service: stage.pool, ownership: patient },
    lease,
    dispatcher,
    laneFactory(channels, dispatcher.budget),
    0,
  );
  const locker = await stage.pool.connect();
  try {
    await locker.query('BEGIN; LOCK TABLE lane IN ACCESS EXCLUSIVE MODE');
    const started = ownership.start();
    for (let renewals = 0; renewals < 3; renewals++) await lease.next();
    expect(ownership.ready()).toBe(true);
    expect(dispatcher.owned()).toEqual([]);
    await locker.query('ROLLBACK');
    await started;
    expect(dispatcher.owned().map(({ id }) => id)).toEqual(['T1']);
  } finally {
    locker.release();
    await ownership.stop();
    await patient.end();
    channels.email.close();
  }
});
