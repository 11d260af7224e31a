import { describe, expect, test } from '@jest/globals';
import type { Decision } from '@carillon/domain';
import { validateBlocks } from '@carillon/slack';
import { facts, idOf, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { whileLocked } from '../testing/locked-row.ts';
import { releaseDigests } from './release-digests.ts';
import { terminateDeliveries } from './terminations.ts';
import { applyRetractions, rememberRetractions } from './retractions.ts';

const stage = useLedger();
const soon = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();
const past = new Date(Date.now() - 60_000).toISOString();

const item = (id: string, dueAt: string, over: Partial<Decision> = {}, nextDueAt?: string) =>
  resolved(id, [
    toMember('ada', {
      mode: { kind: 'digest', key: 'ada daily', dueAt, ...(nextDueAt !== undefined && { nextDueAt }) },
      ...over,
    }),
  ]);

const digestsOf = async (): Promise<Record<string, unknown>[]> =>
  stage.rows(`SELECT state, notification_id AS id FROM delivery WHERE op = 'digest' ORDER BY seq`);

describe('a digest', () => {
  test('is one message at its due time with everything that waited; every item has an outcome that names it', async () => {
    await stage.take([item('a', past), item('b', past), item('later', soon(3_600))]);
    const epoch = await stage.own();
    expect(await releaseDigests(stage.pool, stage.podA)).toMatchObject({ lanes: ['T1'] });
    const [digest, ...more] = await stage.claimAll(epoch);
    expect([digest!.op, more]).toEqual(['digest', []]);
    const content = await stage.freeze(digest!);
    expect(JSON.stringify(content)).toMatch(/Report a.*Report b/s);
    expect(JSON.stringify(content)).not.toContain('Report later');
    await stage.deliver(digest!, '9.0');
    expect((await stage.states()).sort()).toEqual(['a delivered', 'b delivered', 'later waiting']);
    expect(await stage.outcomes()).toEqual(
      ['a', 'b'].map(
        (id) =>
          expect.objectContaining({
            outcome: 'delivered',
            digestId: digest!.deliveryId,
            slack: { teamId: 'T1', channel: 'D1', ts: '9.0' },
            notification: expect.objectContaining({ id }) as unknown,
          }) as unknown,
      ),
    );
  });

  test('that holds more than a message does counts the rest, with the way to it', async () => {
    await stage.take(Array.from({ length: 400 }, (_, n) => item(`much-${n}-${'x'.repeat(60)}`, past)));
    const epoch = await stage.own();
    await releaseDigests(stage.pool, stage.podA);
    const [digest] = await stage.claimAll(epoch);
    const content = await stage.freeze(digest!, 'https://app.example/inbox');
    expect(validateBlocks(content!.slack!.blocks, { ours: true })).toEqual([]);
    const said = JSON.stringify(content!.slack!.blocks);
    expect(said).toMatch(/and [\d,]+ more/);
    expect(said).toContain('https://app.example/inbox');
  });

  test('is made once, however often and by whomever it is looked for', async () => {
    await stage.take([item('a', past)]);
    await stage.own();
    await Promise.all(Array.from({ length: 5 }, () => releaseDigests(stage.pool, stage.podA)));
    expect(await digestsOf()).toHaveLength(1);
  });

  test('keeps members and text from its first claim on; what comes later goes into the next one', async () => {
    const next = soon(-1);
    await stage.take([item('a', past, {}, next)]);
    const epoch = await stage.own();
    await releaseDigests(stage.pool, stage.podA);
    const [digest] = await stage.claimAll(epoch);
    const text = await stage.freeze(digest!);
    await stage.take([item('late', past, {}, next)]);
    await releaseDigests(stage.pool, stage.podA);
    expect(await stage.freeze(digest!)).toEqual(text);
    await stage.deliver(digest!);
    await releaseDigests(stage.pool, stage.podA);
    const [second] = await stage.claimAll(epoch);
    expect(JSON.stringify(await stage.freeze(second!))).toContain('Report late');
    expect(second!.deliveryId).not.toBe(digest!.deliveryId);
  });

  test('of which nothing is left is not sent', async () => {
    await stage.take([item('a', past)]);
    const epoch = await stage.own();
    await releaseDigests(stage.pool, stage.podA);
    await rememberRetractions(stage.pool, [{ notificationId: idOf('a'), tenantId: 'acme' }]);
    await applyRetractions(stage.pool, [idOf('a')]);
    const [digest] = await stage.claimAll(epoch);
    expect(await stage.freeze(digest!)).toBeNull();
    expect((await digestsOf()).map((row) => row['state'])).toEqual(['cancelled']);
    expect((await stage.outcomes()).map(({ outcome }) => outcome)).toEqual(['cancelled']);
  });

  test('that ends before it had a text leaves its items to the next one', async () => {
    await stage.take([item('a', past, {}, soon(-1))]);
    const epoch = await stage.own();
    await releaseDigests(stage.pool, stage.podA);
    await terminateDeliveries(stage.pool, { state: 'expired', condition: "d.op = 'digest'", values: [] });
    await releaseDigests(stage.pool, stage.podA);
    await releaseDigests(stage.pool, stage.podA);
    const [next] = await stage.claimAll(epoch);
    expect(JSON.stringify(await stage.freeze(next!))).toContain('Report a');
  });

  test('that Slack refuses ends its items with the reason', async () => {
    await stage.take([item('a', past), item('b', past)]);
    const epoch = await stage.own();
    await releaseDigests(stage.pool, stage.podA);
    const [digest] = await stage.claimAll(epoch);
    await stage.freeze(digest!);
    await stage.end(digest!, { kind: 'refused', error: 'user_disabled', advice: '', facts });
    expect((await stage.outcomes()).map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['failed', 'user_disabled'],
      ['failed', 'user_disabled'],
    ]);
  });

  test('goes on by e-mail where its items offer that, and they with it', async () => {
    await stage.take([item('a', past, { fallback: { kind: 'email', address: 'ada@acme.test' } })]);
    const epoch = await stage.own();
    await releaseDigests(stage.pool, stage.podA);
    const [digest] = await stage.claimAll(epoch);
    await stage.freeze(digest!);
    await stage.end(digest!, { kind: 'refused', error: 'user_disabled', advice: '', facts });
    expect(await stage.states()).toEqual(['a bundled']);
    const byEmail = (await stage.claimAll(await stage.own(stage.podA, 'email:acme'), stage.podA, 'email:acme'))[0]!;
    expect(await stage.freeze(byEmail)).not.toBeNull();
    await stage.end(byEmail, { kind: 'delivered', facts });
    expect(await stage.states()).toEqual(['a delivered']);
  });
});

describe('digests are released fairly', () => {
  const inLane = (teamId: string, n: number) =>
    resolved(`${teamId}-${n}`, [
      toMember(`${teamId}-${n}`, {
        mode: { kind: 'digest', key: `${teamId}-${n} daily`, dueAt: past },
        destinations: [{ kind: 'slack', surface: 'dm', installationId: 'i1', teamId, channel: `U-${n}` }],
      }),
    ]);
  const many = (teamId: string, count: number) => Array.from({ length: count }, (_, n) => inLane(teamId, n));
  const made = async (): Promise<Record<string, unknown>[]> =>
    stage.rows(`SELECT lane, count(*)::integer AS n FROM delivery_live WHERE op = 'digest' GROUP BY 1 ORDER BY 1`);

  test('600 that wait in a paused workspace keep no other workspace from its own in the first step', async () => {
    await stage.take([...many('T1', 600), inLane('T2', 1)]);
    await stage.own();
    await stage.pool.query(`UPDATE lane SET paused_at = now() WHERE lane_id = 'T1'`);
    expect(await releaseDigests(stage.pool, stage.podA)).toMatchObject({ lanes: ['T1', 'T2'], more: true });
    expect(await made()).toEqual([
      { lane: 'T1', n: 250 },
      { lane: 'T2', n: 1 },
    ]);
    while ((await releaseDigests(stage.pool, stage.podA)).more);
    expect(await made()).toEqual([
      { lane: 'T1', n: 600 },
      { lane: 'T2', n: 1 },
    ]);
    // What has its digest is not looked at again, although nothing was sent.
    expect(await releaseDigests(stage.pool, stage.podA)).toEqual({ lanes: [], after: '', more: false });
  });

  test('more lanes than a step takes have their turn one after another', async () => {
    await stage.take(Array.from({ length: 60 }, (_, n) => inLane(`T${100 + n}`, n)));
    await stage.own();
    const first = await releaseDigests(stage.pool, stage.podA);
    expect(first).toMatchObject({ after: 'T149', more: true });
    expect((await releaseDigests(stage.pool, stage.podA, first.after)).lanes).toHaveLength(10);
    expect(await made()).toHaveLength(60);
  });

  test('an item that somebody has locked waits alone, and joins its digest when it is not', async () => {
    await stage.take([item('a', past), item('b', past)]);
    const epoch = await stage.own();
    await whileLocked(stage.pool, `SELECT FROM delivery_live WHERE notification_id = '${idOf('a')}'`, async () => {
      expect((await releaseDigests(stage.pool, stage.podA)).lanes).toEqual(['T1']);
    });
    const [digest] = await stage.claimAll(epoch);
    expect(JSON.stringify(await stage.freeze(digest!))).toMatch(/Report a.*Report b/s);
  });
});
