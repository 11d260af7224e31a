// How deliveries end otherwise than by being sent, and how they come back.
import { describe, expect, test } from '@jest/globals';
import { facts, idOf, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { placeOf } from '../testing/places.ts';
import { cancelEnded } from '../maintenance/ended-installations.ts';
import { reopen } from './replays.ts';
import { retentionSteps } from '../maintenance/retention.ts';
import { runSteps } from '../testing/run-steps.ts';
import { applyRetractions, rememberRetractions } from './retractions.ts';
import { deliveryStates, isTerminal, transitions } from '../model/delivery-state.ts';

const stage = useLedger();
const fallback = { kind: 'email' as const, address: 'ada@acme.test' };
const refused = { kind: 'refused' as const, error: 'user_disabled', advice: '', facts };
const only = async (): Promise<string> =>
  String((await stage.rows('SELECT delivery_id AS id FROM delivery'))[0]!['id']);
const replay = async (force = false) => reopenOne(await only(), force);
const reopenOne = (id: string, force: boolean) => reopen(stage.pool, [id], force);

describe('the table of states', () => {
  test('is what the database enforces: every move that it lists, and no other', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    for (const from of deliveryStates) {
      for (const to of deliveryStates) {
        await stage.pool.query('ALTER TABLE delivery DISABLE TRIGGER delivery_moves');
        await stage.pool.query('UPDATE delivery SET state = $1, settled = $2', [from, isTerminal(from)]);
        await stage.pool.query('ALTER TABLE delivery ENABLE TRIGGER delivery_moves');
        const allowed = from === to || (transitions[from] as readonly string[]).includes(to);
        const move = stage.pool.query('UPDATE delivery SET state = $1, settled = $2', [to, isTerminal(to)]);
        if (allowed) await move;
        else await expect(move).rejects.toThrow(`a delivery cannot go from ${from} to ${to}`);
      }
    }
  }, 60_000);
});

describe('a fallback', () => {
  test('is sent by e-mail when Slack refuses for good, once, also after a replay of the failed one', async () => {
    await stage.take([resolved('r1', [toMember('ada', { fallback })])]);
    const epoch = await stage.own();
    const [claimed] = await stage.claimAll(epoch);
    const { fallbacks } = await stage.end(claimed!, refused);
    expect(fallbacks).toEqual([{ lane: 'email:acme', channel: 'ada@acme.test', rank: 1 }]);
    expect((await stage.rows('SELECT destination FROM delivery_live'))[0]).toEqual({ destination: fallback });
    await reopenOne(claimed!.deliveryId, false);
    const [again] = await stage.claimAll(epoch);
    expect((await stage.end(again!, refused)).fallbacks).toEqual([]);
  });

  test('is not sent for what may have been posted', async () => {
    await stage.take([resolved('r1', [toMember('ada', { fallback })])]);
    const epoch = await stage.own();
    await stage.end((await stage.claimAll(epoch))[0]!, { kind: 'unknown', error: 'timeout', advice: '', facts });
    await stage.pool.query(`UPDATE delivery SET state = 'ready'`);
    expect((await stage.end((await stage.claimAll(epoch))[0]!, refused)).fallbacks).toEqual([]);
  });

  test('is sent when an admin disconnects Slack meanwhile', async () => {
    await stage.take([resolved('r1', [toMember('ada', { fallback })])]);
    await cancelEnded(stage.pool, placeOf, ['i1']);
    expect(await stage.rows('SELECT lane, state FROM delivery_live')).toEqual([{ lane: 'email:acme', state: 'ready' }]);
  });
});

describe('disconnecting Slack', () => {
  test('tells nobody by e-mail what was taken back, and says that the message stands', async () => {
    await stage.take([resolved('r1', [toMember('ada', { fallback })])]);
    await stage.deliver((await stage.claimAll(await stage.own()))[0]!);
    await rememberRetractions(stage.pool, [{ notificationId: idOf('r1'), tenantId: 'acme' }]);
    await applyRetractions(stage.pool, [idOf('r1')]);
    await cancelEnded(stage.pool, placeOf, ['i1']);
    expect(await stage.rows('SELECT 1 FROM delivery_live')).toEqual([]);
    expect((await stage.outcomes()).at(-1)).toMatchObject({ outcome: 'cancelled', possiblyDelivered: true });
  });

  test('tells nobody twice what may have been posted', async () => {
    await stage.take([resolved('r1', [toMember('ada', { fallback })])]);
    await stage.end((await stage.claimAll(await stage.own()))[0]!, {
      kind: 'unknown',
      error: 'timeout',
      advice: '',
      facts,
    });
    await cancelEnded(stage.pool, placeOf, ['i1']);
    expect(await stage.rows('SELECT 1 FROM delivery_live')).toEqual([]);
    expect((await stage.outcomes()).at(-1)).toMatchObject({ outcome: 'cancelled', possiblyDelivered: true });
  });

  test('keeps quiet hours and digests for the e-mails in its place', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await stage.take([
      resolved('r1', [toMember('ada', { fallback, mode: { kind: 'later', notBefore: later } })]),
      resolved('r2', [toMember('ada', { fallback, mode: { kind: 'digest', key: 'daily', dueAt: later } })]),
    ]);
    await cancelEnded(stage.pool, placeOf, ['i1']);
    const rows = await stage.rows(
      'SELECT state, ready_at, digest_key FROM delivery_live ORDER BY digest_key NULLS FIRST',
    );
    expect(rows).toEqual([
      { state: 'waiting', ready_at: new Date(later), digest_key: null },
      { state: 'waiting', ready_at: new Date(later), digest_key: 'acme:email:daily' },
    ]);
  });
});

describe('a replay', () => {
  test('sends again what had failed, keeps its attempts, and is marked in what it tells', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const epoch = await stage.own();
    await stage.end((await stage.claimAll(epoch))[0]!, refused);
    expect((await replay()).size).toBe(1);
    const [again] = await stage.claimAll(epoch);
    expect(again).toMatchObject({ attempt: 2, replay: 1, ambiguous: 0 });
    await stage.deliver(again!);
    expect((await stage.outcomes()).map(({ outcome, replay: n }) => [outcome, n])).toEqual([
      ['failed', undefined],
      ['delivered', 1],
    ]);
    const ids = (await stage.rows(`SELECT headers->>'ce_id' AS id FROM outbox`)).map((row) => row['id']);
    expect(new Set(ids).size).toBe(2);
  });

  test('of what may have been posted before stays flagged', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const epoch = await stage.own();
    await stage.end((await stage.claimAll(epoch))[0]!, { kind: 'unknown', error: 'timeout', advice: '', facts });
    await stage.pool.query(`UPDATE delivery SET state = 'cancelled', settled = true`);
    await replay();
    await stage.deliver((await stage.claimAll(epoch))[0]!);
    expect((await stage.outcomes()).at(-1)).toMatchObject({ outcome: 'delivered', possibleDuplicate: true, replay: 1 });
  });

  test('refuses what was told by e-mail in its place unless it is forced', async () => {
    await stage.take([resolved('r1', [toMember('ada', { fallback })])]);
    const epoch = await stage.own();
    const [bySlack] = await stage.claimAll(epoch);
    await stage.end(bySlack!, refused);
    await stage.end((await stage.claimAll(await stage.own(stage.podA, 'email:acme'), stage.podA, 'email:acme'))[0]!, {
      kind: 'delivered',
      facts,
    });
    expect((await reopenOne(bySlack!.deliveryId, false)).size).toBe(0);
    expect((await reopenOne(bySlack!.deliveryId, true)).size).toBe(1);
  });

  test('refuses what was delivered unless it is forced, and what was taken back always', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    await stage.deliver((await stage.claimAll(await stage.own()))[0]!);
    expect((await replay()).size).toBe(0);
    expect((await replay(true)).size).toBe(1);
    await stage.pool.query(`UPDATE delivery SET state = 'cancelled', settled = true`);
    await rememberRetractions(stage.pool, [{ notificationId: idOf('r1'), tenantId: 'acme' }]);
    expect((await replay(true)).size).toBe(0);
  });
});

describe('retention', () => {
  const age = (days: number) =>
    stage.pool.query('UPDATE notification SET forget_on = current_date - $1::integer + 90', [days]);
  const count = async (table: string): Promise<number> =>
    (await stage.rows(`SELECT count(*)::integer AS n FROM ${table}`))[0]!['n'] as number;

  test('forgets what has ended and is older than its type says; the gate outlives it', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    await stage.deliver((await stage.claimAll(await stage.own()))[0]!);
    await age(89);
    await runSteps(retentionSteps(stage.pool));
    expect(await count('notification')).toBe(1);
    await age(91);
    await runSteps(retentionSteps(stage.pool));
    expect(await Promise.all(['notification', 'delivery', 'attempt', 'decision'].map(count))).toEqual([0, 0, 0, 1]);
    expect((await stage.take([resolved('r1', [toMember('ada')])])).deliveries).toBe(0);
    await stage.pool.query(`TRUNCATE notification; UPDATE decision SET decided_at = now() - interval '31 days'`);
    await runSteps(retentionSteps(stage.pool));
    expect(await count('decision')).toBe(0);
  });

  test('never touches what is not over, however old', async () => {
    await stage.take([resolved('r1', [toMember('ada'), toMember('bob')])]);
    await stage.deliver((await stage.claimAll(await stage.own()))[0]!);
    await age(4_000);
    await runSteps(retentionSteps(stage.pool));
    expect(await Promise.all(['notification', 'delivery', 'decision'].map(count))).toEqual([1, 2, 2]);
  });

  describe('and a replay of the same delivery, whichever comes first', () => {
    const ended = async (): Promise<string> => {
      await stage.take([resolved('r1', [toMember('ada')])]);
      const [delivery] = await stage.claimAll(await stage.own());
      await stage.end(delivery!, refused);
      await age(91);
      return delivery!.deliveryId;
    };
    /** Resolves when so many sessions wait for locks. */
    const waiters = async (n: number): Promise<void> => {
      const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      while ((await stage.rows(waiting)).length < n);
    };

    test('a replay that has begun keeps the notification', async () => {
      const deliveryId = await ended();
      await reopen(stage.pool, [deliveryId], false, async () => {
        await runSteps(retentionSteps(stage.pool));
      });
      expect(await Promise.all(['notification', 'delivery_live'].map(count))).toEqual([1, 1]);
    });

    test('a replay that comes while its notification is forgotten finds nothing', async () => {
      const deliveryId = await ended();
      // Holds retention up after it saw that nothing is live, and before it deletes.
      const held = await stage.pool.connect();
      await held.query('BEGIN; LOCK TABLE attempt IN SHARE MODE');
      const forgotten = runSteps(retentionSteps(stage.pool));
      await waiters(1);
      const replayed = reopen(stage.pool, [deliveryId], true);
      await Promise.race([replayed, waiters(2)]);
      await held.query('ROLLBACK');
      held.release();
      await forgotten;
      expect((await replayed).size).toBe(0);
      expect(await Promise.all(['notification', 'delivery'].map(count))).toEqual([0, 0]);
    });
  });
});
