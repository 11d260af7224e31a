import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import type { Decision, ResolvedNotification } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase } from '@carillon/persistence/testing';
import { migrations } from '../database/migrations/index.ts';
import { attemptsUnderWay, sweepOrphans, takeLanes } from '../lanes/grants.ts';
import { claim, unclaim, type Claimed } from './claims.ts';
import { cancelEnded, expireHeld, endIfOver, prepareDays, releaseDue } from './housekeeping.ts';
import { ingest } from './ingest.ts';
import { planIngest, type ResolvedRecord } from './plan-ingest.ts';
import { headsOfLanes } from './queue.ts';
import { record, type Result } from './results.ts';
import { settle } from './settle.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
const podA = randomUUID();
const podB = randomUUID();
const policy = { reconcileWaitMs: 0, backoffBaseMs: 1, backoffMostMs: 1 };
const facts = {};

const toMember = (member: string, over: Partial<Decision> = {}): Decision => ({
  recipient: `member:${member}`,
  verdict: 'send',
  destinations: [{ kind: 'slack', surface: 'dm', installationId: 'i1', teamId: 'T1', channel: `U-${member}` }],
  mode: { kind: 'now' },
  reasons: [{ code: 'addressed' }],
  ...over,
});

const resolved = (id: string, decisions: Decision[], over: Partial<ResolvedNotification['notification']> = {}): ResolvedRecord => ({
  data: {
    tenantId: 'acme',
    notification: {
      notificationId: notificationIdOf('acme', '/test', id),
      source: '/test',
      id,
      type: 'report.ready',
      category: 'reports',
      content: { title: `Report ${id}` },
      priority: 'normal',
      ...over,
    },
    policies: { ambiguity: 'resend', mutable: true, retentionDays: 90 },
    decisions,
  },
});

const take = (records: ResolvedRecord[]) => ingest(pool, planIngest(records, new Date()));
const rowsOf = async (sql: string): Promise<Record<string, unknown>[]> => (await pool.query<Record<string, unknown>>(sql)).rows;

async function own(podId: string): Promise<number> {
  const client = await pool.connect();
  try {
    return (await takeLanes(client, { podId, living: [podId], holds: ['T1'] }, 100, 0))[0]?.epoch ?? 0;
  } finally {
    client.release();
  }
}

async function claimAll(podId: string, epoch: number): Promise<Claimed[]> {
  const heads = (await headsOfLanes(pool, ['T1'])).get('T1') ?? [];
  return claim(pool, podId, heads.map((head) => ({ deliveryId: head.deliveryId, attemptId: randomUUID(), lane: 'T1', epoch })));
}

const delivered = (delivery: Claimed): Result =>
  settle(delivery, { kind: 'delivered', facts, slack: { teamId: 'T1', channel: 'D1', ts: '1.1' } }, new Date(), policy);

beforeAll(async () => {
  database = await createTestDatabase();
  const dataSource = createDataSource({ url: database.url, entities: [], migrations, applicationName: 'spec' });
  await migrate(dataSource);
  pool = createPool(database.url);
  await prepareDays(pool);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

beforeEach(async () => {
  await pool.query('TRUNCATE notification, decision, delivery, attempt, lane, outbox, slot, retraction, digest');
});

describe('the gate', () => {
  test('the same decision again, in the same batch or a later one, makes no second delivery', async () => {
    const again = resolved('r1', [toMember('ada')]);
    expect((await take([again, again])).deliveries).toBe(1);
    expect((await take([again])).deliveries).toBe(0);
    expect(await rowsOf('SELECT 1 FROM delivery')).toHaveLength(1);
  });

  test('a request resolved again with other preferences sends nothing by the other way', async () => {
    await take([resolved('r1', [toMember('ada')])]);
    const byEmail = toMember('ada', { destinations: [{ kind: 'email', address: 'ada@acme.test' }] });
    expect((await take([resolved('r1', [byEmail])])).deliveries).toBe(0);
  });

  test('recipients that are new get through beside known ones', async () => {
    await take([resolved('r1', [toMember('ada')])]);
    expect((await take([resolved('r1', [toMember('ada'), toMember('bob')])])).deliveries).toBe(1);
  });

  test('a suppressed decision is kept, and told once', async () => {
    const record = resolved('r1', [toMember('eve', { verdict: 'suppress', destinations: [], reasons: [{ code: 'not_linked' }] })]);
    await take([record]);
    await take([record]);
    expect(await rowsOf('SELECT 1 FROM decision')).toHaveLength(1);
    const outbox = await rowsOf('SELECT value FROM outbox');
    expect(outbox).toHaveLength(1);
    expect(JSON.parse(String(outbox[0]!['value']))).toMatchObject({ outcome: 'suppressed', reason: 'not_linked', recipient: 'member:eve' });
  });
});

describe('a notification that nobody hears', () => {
  test('is told once, with its reason', async () => {
    const record = resolved('r1', []);
    record.data.reasons = [{ code: 'no_workflow' }];
    await take([record]);
    await take([record]);
    const outbox = await rowsOf('SELECT value FROM outbox');
    expect(outbox).toHaveLength(1);
    expect(JSON.parse(String(outbox[0]!['value']))).toMatchObject({ outcome: 'suppressed', reason: 'no_workflow' });
  });
});

describe('claims', () => {
  test('an attempt that nobody carries out under a living owner becomes unknown', async () => {
    await take([resolved('r1', [toMember('ada')])]);
    await claimAll(podA, await own(podA));
    const orphans = await attemptsUnderWay(pool, ['T1']);
    expect(await sweepOrphans(pool, orphans, 0)).toBe(1);
    expect(await rowsOf('SELECT state, ambiguous FROM delivery')).toEqual([{ state: 'unknown', ambiguous: 1 }]);
    expect(await sweepOrphans(pool, orphans, 0)).toBe(0);
  });

  test('a lane granted unheard is granted again, under a new epoch', async () => {
    await take([resolved('r1', [toMember('ada')])]);
    const epoch = await own(podA);
    const client = await pool.connect();
    const grants = await takeLanes(client, { podId: podA, living: [podA], holds: [] }, 100, 0);
    client.release();
    expect(grants).toEqual([expect.objectContaining({ laneId: 'T1', epoch: epoch + 1 })]);
  });

  test('what was swept and then turns out never to have been written leaves no attempt behind', async () => {
    await take([resolved('r1', [toMember('ada')])]);
    const [claimed] = await claimAll(podA, await own(podA));
    await own(podB);
    await unclaim(pool, [claimed!]);
    expect(await rowsOf('SELECT state, ambiguous, attempts FROM delivery')).toEqual([{ state: 'ready', ambiguous: 0, attempts: 0 }]);
    expect(await rowsOf('SELECT 1 FROM attempt')).toEqual([]);
  });

  test('only the owner under its present epoch can claim', async () => {
    await take([resolved('r1', [toMember('ada')])]);
    const epoch = await own(podA);
    expect(await claimAll(podB, epoch)).toEqual([]);
    expect(await claimAll(podA, epoch - 1)).toEqual([]);
    expect(await claimAll(podA, epoch)).toHaveLength(1);
    expect(await claimAll(podA, epoch)).toEqual([]);
  });

  test('a claim that wrote nothing leaves no trace', async () => {
    await take([resolved('r1', [toMember('ada')])]);
    const epoch = await own(podA);
    const [first] = await claimAll(podA, epoch);
    await unclaim(pool, [first!]);
    const [second] = await claimAll(podA, epoch);
    expect(second).toMatchObject({ attempt: 1, ambiguous: 0 });
  });

  test('what a former owner left under way becomes unknown at the takeover, and its late answer still counts', async () => {
    await take([resolved('r1', [toMember('ada')])]);
    const [claimed] = await claimAll(podA, await own(podA));
    await own(podB);
    expect(await rowsOf('SELECT state, ambiguous FROM delivery')).toEqual([{ state: 'unknown', ambiguous: 1 }]);
    await record(pool, [delivered(claimed!)]);
    expect(await rowsOf('SELECT state, ambiguous, settled FROM delivery')).toEqual([{ state: 'delivered', ambiguous: 0, settled: true }]);
    expect(await rowsOf('SELECT result FROM attempt')).toEqual([{ result: 'delivered' }]);
  });

  test('an answer to an attempt that has been replaced changes nothing but its own record', async () => {
    await take([resolved('r1', [toMember('ada')])]);
    const [first] = await claimAll(podA, await own(podA));
    const epoch = await own(podB);
    await pool.query(`UPDATE delivery SET state = 'ready' WHERE state = 'unknown'`);
    const [second] = await claimAll(podB, epoch);
    expect(second).toMatchObject({ attempt: 2, ambiguous: 1 });
    await record(pool, [delivered(first!)]);
    expect(await rowsOf('SELECT state FROM delivery')).toEqual([{ state: 'sending' }]);
  });
});

describe('results', () => {
  test('an outcome is published exactly with its state, once', async () => {
    await take([resolved('r1', [toMember('ada')])]);
    const [claimed] = await claimAll(podA, await own(podA));
    const result = delivered(claimed!);
    await record(pool, [result]);
    await record(pool, [result]);
    const outbox = await rowsOf('SELECT value FROM outbox');
    expect(outbox).toHaveLength(1);
    expect(JSON.parse(String(outbox[0]!['value']))).toMatchObject({ outcome: 'delivered', possibleDuplicate: false, attempts: 1 });
  });

  test('a head that has been failing for a minute is parked and lets the others pass', async () => {
    await take([resolved('r1', [toMember('ada')])]);
    const [claimed] = await claimAll(podA, await own(podA));
    await pool.query(`UPDATE delivery SET held_since = now() - interval '61 seconds'`);
    const { states } = await record(pool, [settle(claimed!, { kind: 'retry', error: 'x', advice: 'y', facts }, new Date(), policy)]);
    expect([...states.values()]).toEqual(['waiting']);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await releaseDue(pool, podA)).lanes).toEqual(['T1']);
    expect((await headsOfLanes(pool, ['T1'])).get('T1')).toHaveLength(1);
  });
});

describe('an installation that an admin ended', () => {
  test('cancels what waits for it, whenever it came', async () => {
    await pool.query(`INSERT INTO installation (installation_id, tenant_id, state, scopes, version) VALUES ('i1', 'acme', 'disconnected', '{}', 1)`);
    await take([resolved('r1', [toMember('ada')])]);
    await cancelEnded(pool);
    expect(await rowsOf('SELECT state, reason FROM delivery')).toEqual([{ state: 'cancelled', reason: 'installation_disconnected' }]);
    await pool.query('TRUNCATE installation');
  });
});

describe('time', () => {
  test('what is held expires too, though nobody tries to claim it', async () => {
    await take([resolved('r1', [toMember('ada')])]);
    await own(podA);
    await pool.query(`UPDATE delivery SET expires_at = now() - interval '1 minute'`);
    await expireHeld(pool, podA);
    expect(await rowsOf('SELECT state FROM delivery')).toEqual([{ state: 'expired' }]);
  });

  test('what has expired is not claimed, and ends as expired with an outcome', async () => {
    const expired = new Date(Date.now() - 1_000).toISOString();
    await take([resolved('r1', [toMember('ada')], { expiresAt: expired })]);
    const epoch = await own(podA);
    const heads = (await headsOfLanes(pool, ['T1'])).get('T1')!;
    expect(await claimAll(podA, epoch)).toEqual([]);
    await endIfOver(pool, heads.map((head) => head.deliveryId));
    expect(await rowsOf('SELECT state FROM delivery')).toEqual([{ state: 'expired' }]);
    expect(await rowsOf('SELECT 1 FROM outbox')).toHaveLength(1);
  });

  test('a delivery for later waits outside the queue until its instant', async () => {
    const notBefore = new Date(Date.now() + 150).toISOString();
    await take([resolved('r1', [toMember('ada', { mode: { kind: 'later', notBefore } })])]);
    await own(podA);
    expect((await headsOfLanes(pool, ['T1'])).size).toBe(0);
    const { nextInMs } = await releaseDue(pool, podA);
    expect(nextInMs).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, nextInMs! + 5));
    expect((await releaseDue(pool, podA)).lanes).toEqual(['T1']);
  });
});
