import { describe, expect, test } from '@jest/globals';
import { acquireLanes } from '../ownership/lane-assignments.ts';
import { abandonOrphanedAttempts, attemptsUnderWay } from './abandoned-attempts.ts';
import { placeOf } from '../testing/places.ts';
import { facts, policy, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { unclaim } from './claims.ts';
import { releaseDue } from '../maintenance/due-deliveries.ts';
import { cancelEnded } from '../maintenance/ended-installations.ts';
import { expireHeld } from '../maintenance/expiry.ts';
import { terminateUnclaimable } from './terminate-unclaimable.ts';
import { record } from './results.ts';
import { resolveResult } from '../dispatch/resolve-result.ts';

const stage = useLedger();
const { podA, podB } = stage;

/** The lanes of what is due, as soon as something is. */
async function released(): Promise<string[]> {
  for (;;) {
    const { lanes } = await releaseDue(stage.pool, podA);
    if (lanes.length > 0) return lanes;
  }
}

describe('the gate', () => {
  test('the same decision again, in the same batch or a later one, makes no second delivery', async () => {
    const again = resolved('r1', [toMember('ada')]);
    expect((await stage.take([again, again])).deliveries).toBe(1);
    expect((await stage.take([again])).deliveries).toBe(0);
    expect(await stage.rows('SELECT 1 FROM delivery')).toHaveLength(1);
  });

  test('a request resolved again with other preferences sends nothing by the other way', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const byEmail = toMember('ada', { destinations: [{ kind: 'email', address: 'ada@acme.test' }] });
    expect((await stage.take([resolved('r1', [byEmail])])).deliveries).toBe(0);
  });

  test('recipients that are new get through beside known ones', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    expect((await stage.take([resolved('r1', [toMember('ada'), toMember('bob')])])).deliveries).toBe(1);
  });

  test('a suppressed decision is kept, and told once', async () => {
    const record = resolved('r1', [
      toMember('eve', { verdict: 'suppress', destinations: [], reasons: [{ code: 'not_linked' }] }),
    ]);
    await stage.take([record]);
    await stage.take([record]);
    expect(await stage.rows('SELECT 1 FROM decision')).toHaveLength(1);
    const outbox = await stage.rows('SELECT value FROM outbox');
    expect(outbox).toHaveLength(1);
    expect(JSON.parse(String(outbox[0]!['value']))).toMatchObject({
      outcome: 'suppressed',
      reason: 'not_linked',
      recipient: 'member:eve',
    });
  });
});

describe('a notification that nobody hears', () => {
  test('is told once, with its reason', async () => {
    const record = resolved('r1', []);
    record.data.reasons = [{ code: 'no_workflow' }];
    await stage.take([record]);
    await stage.take([record]);
    const outbox = await stage.rows('SELECT value FROM outbox');
    expect(outbox).toHaveLength(1);
    expect(JSON.parse(String(outbox[0]!['value']))).toMatchObject({ outcome: 'suppressed', reason: 'no_workflow' });
  });
});

describe('claims', () => {
  test('an attempt that nobody carries out under a living owner becomes unknown', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    await stage.claimAll(await stage.own(podA), podA);
    const orphans = await attemptsUnderWay(stage.pool, ['T1']);
    expect(await abandonOrphanedAttempts(stage.pool, orphans, 0)).toBe(1);
    expect(await stage.rows('SELECT state, ambiguous FROM delivery')).toEqual([{ state: 'unknown', ambiguous: 1 }]);
    expect(await abandonOrphanedAttempts(stage.pool, orphans, 0)).toBe(0);
  });

  test('a lane granted unheard is granted again, under a new epoch', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const epoch = await stage.own(podA);
    const client = await stage.pool.connect();
    const grants = await acquireLanes(client, { podId: podA, living: [podA], holds: [] }, 100, 0);
    client.release();
    expect(grants).toEqual([expect.objectContaining({ laneId: 'T1', epoch: epoch + 1 })]);
  });

  test('what was swept and then turns out never to have been written leaves no attempt behind', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const [claimed] = await stage.claimAll(await stage.own(podA), podA);
    await stage.own(podB);
    await unclaim(stage.pool, [claimed!]);
    expect(await stage.rows('SELECT state, ambiguous, attempts FROM delivery')).toEqual([
      { state: 'ready', ambiguous: 0, attempts: 0 },
    ]);
    expect(await stage.rows('SELECT 1 FROM attempt')).toEqual([]);
  });

  test('only the owner under its present epoch can claim', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const epoch = await stage.own(podA);
    expect(await stage.claimAll(epoch, podB)).toEqual([]);
    expect(await stage.claimAll(epoch - 1, podA)).toEqual([]);
    expect(await stage.claimAll(epoch, podA)).toHaveLength(1);
    expect(await stage.claimAll(epoch, podA)).toEqual([]);
  });

  test('a claim that wrote nothing leaves no trace', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const epoch = await stage.own(podA);
    const [first] = await stage.claimAll(epoch, podA);
    await unclaim(stage.pool, [first!]);
    const [second] = await stage.claimAll(epoch, podA);
    expect(second).toMatchObject({ attempt: 1, ambiguous: 0 });
  });

  test('what a former owner left under way becomes unknown at the takeover, and its late answer still counts', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const [claimed] = await stage.claimAll(await stage.own(podA), podA);
    await stage.own(podB);
    expect(await stage.rows('SELECT state, ambiguous FROM delivery')).toEqual([{ state: 'unknown', ambiguous: 1 }]);
    await stage.deliver(claimed!);
    expect(await stage.rows('SELECT state, ambiguous, settled FROM delivery')).toEqual([
      { state: 'delivered', ambiguous: 0, settled: true },
    ]);
    expect(await stage.rows('SELECT result FROM attempt')).toEqual([{ result: 'delivered' }]);
  });

  test('an answer to an attempt that has been replaced changes nothing but its own record', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const [first] = await stage.claimAll(await stage.own(podA), podA);
    const epoch = await stage.own(podB);
    await stage.pool.query(`UPDATE delivery SET state = 'ready' WHERE state = 'unknown'`);
    const [second] = await stage.claimAll(epoch, podB);
    expect(second).toMatchObject({ attempt: 2, ambiguous: 1 });
    await stage.deliver(first!);
    expect(await stage.rows('SELECT state FROM delivery')).toEqual([{ state: 'sending' }]);
  });
});

describe('results', () => {
  test('an outcome is published exactly with its state, once', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const [claimed] = await stage.claimAll(await stage.own(podA), podA);
    const result = resolveResult(
      claimed!,
      { kind: 'delivered', facts, ref: { teamId: 'T1', channel: 'D1', ts: '1.1' } },
      new Date(),
      policy,
    );
    await record(stage.pool, [result]);
    await record(stage.pool, [result]);
    const outbox = await stage.rows('SELECT value FROM outbox');
    expect(outbox).toHaveLength(1);
    expect(JSON.parse(String(outbox[0]!['value']))).toMatchObject({
      outcome: 'delivered',
      possibleDuplicate: false,
      attempts: 1,
    });
  });

  test('a head that has been failing for a minute is parked and lets the others pass', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const [claimed] = await stage.claimAll(await stage.own(podA), podA);
    await stage.pool.query(`UPDATE delivery SET held_since = now() - interval '61 seconds'`);
    const { states } = await record(stage.pool, [
      resolveResult(claimed!, { kind: 'retry', error: 'x', advice: 'y', facts }, new Date(), policy),
    ]);
    expect([...states.values()]).toEqual(['waiting']);
    expect(await released()).toEqual(['T1']);
    expect(await stage.heads()).toHaveLength(1);
  });
});

describe('an installation that an admin ended', () => {
  test('cancels what waits for it, whenever it came', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    await cancelEnded(stage.pool, placeOf, ['i1']);
    expect(await stage.rows('SELECT state, reason FROM delivery')).toEqual([
      { state: 'cancelled', reason: 'installation_disconnected' },
    ]);
  });
});

describe('time', () => {
  test('what is held expires too, though nobody tries to claim it', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    await stage.own(podA);
    await stage.pool.query(`UPDATE delivery SET expires_at = now() - interval '1 minute'`);
    await expireHeld(stage.pool, podA);
    expect(await stage.rows('SELECT state FROM delivery')).toEqual([{ state: 'expired' }]);
  });

  test('what has expired is not claimed, and ends as expired with an outcome', async () => {
    const expired = new Date(Date.now() - 1_000).toISOString();
    await stage.take([resolved('r1', [toMember('ada')], { expiresAt: expired })]);
    const epoch = await stage.own(podA);
    const heads = await stage.heads();
    expect(await stage.claimAll(epoch, podA)).toEqual([]);
    await terminateUnclaimable(
      stage.pool,
      heads.map((head) => head.deliveryId),
    );
    expect(await stage.rows('SELECT state FROM delivery')).toEqual([{ state: 'expired' }]);
    expect(await stage.rows('SELECT 1 FROM outbox')).toHaveLength(1);
  });

  test('a delivery for later waits outside the queue until its instant', async () => {
    const notBefore = new Date(Date.now() + 150).toISOString();
    await stage.take([resolved('r1', [toMember('ada', { mode: { kind: 'later', notBefore } })])]);
    await stage.own(podA);
    expect(await stage.heads()).toEqual([]);
    const { nextInMs } = await releaseDue(stage.pool, podA);
    expect(nextInMs).toBeGreaterThan(0);
    expect(await released()).toEqual(['T1']);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(notBefore));
  });
});
