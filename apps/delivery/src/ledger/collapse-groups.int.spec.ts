// The same matter told again, and taken back: in every order.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { terminateUnclaimable } from './terminate-unclaimable.ts';
import { reopen } from './replays.ts';
import { applyRetractions, rememberRetractions } from './retractions.ts';
import { newestOf, type WaitingVersion } from './message-slots.ts';
import { idOf, resolved, toMember, facts, useLedger } from '../testing/ledger-stage.ts';

const stage = useLedger();
const version = (id: string, sequence?: number) =>
  resolved(id, [toMember('ada')], { collapseKey: 'build 7', ...(sequence !== undefined && { sequence }) });
const reply = (id: string) => resolved(id, [toMember('ada')], { threadKey: 'incident 9' });
const retract = async (id: string) => {
  await rememberRetractions(stage.pool, [{ notificationId: idOf(id), tenantId: 'acme' }]);
  return applyRetractions(stage.pool, [idOf(id)]);
};

describe('a newer version of the same matter', () => {
  test('replaces one that still waits, and takes its place in the queue', async () => {
    await stage.take([version('v1')]);
    await stage.take([resolved('between', [toMember('ada')])]);
    await stage.take([version('v2')]);
    expect(await stage.states()).toEqual(['v1 cancelled', 'between ready', 'v2 ready']);
    expect(await stage.outcomes()).toEqual([expect.objectContaining({ outcome: 'cancelled', reason: 'superseded' })]);
    const [first] = await stage.rows(
      'SELECT n.external_id AS id FROM delivery_live d JOIN notification n USING (notification_id) ORDER BY d.seq',
    );
    expect(first).toEqual({ id: 'v2' });
  });

  test('of one batch, only the newest is left, by its number whatever the order of arrival', async () => {
    await stage.take([version('v2', 2), version('v3', 3), version('v1', 1)]);
    expect((await stage.states()).sort()).toEqual(['v1 cancelled', 'v2 cancelled', 'v3 ready']);
  });

  test('changes the message that stands; an older one that comes late is dropped', async () => {
    await stage.take([version('v2', 2)]);
    const epoch = await stage.own();
    const [first] = await stage.claimAll(epoch);
    expect(first!.shownMessage).toBeNull();
    await stage.deliver(first!, '1.5');
    await stage.take([version('v1', 1), version('v3', 3)]);
    const [second, ...more] = await stage.claimAll(epoch);
    expect([second!.externalId, second!.shownMessage, more]).toEqual([
      'v3',
      { teamId: 'T1', channel: 'D1', ts: '1.5' },
      [],
    ]);
    expect((await stage.states()).sort()).toEqual(['v1 cancelled', 'v2 delivered', 'v3 sending']);
  });

  test('waits for one under way or in doubt, also at another priority', async () => {
    await stage.take([version('v1')]);
    const epoch = await stage.own();
    const [first] = await stage.claimAll(epoch);
    const urgent = version('v2');
    urgent.data.notification.priority = 'urgent';
    await stage.take([urgent]);
    expect(await stage.claimAll(epoch)).toEqual([]);
    await stage.end(first!, { kind: 'unknown', error: 'timeout', advice: '', facts });
    expect(await stage.claimAll(epoch)).toEqual([]);
    expect((await stage.states()).sort()).toEqual(['v1 unknown', 'v2 ready']);
  });

  test('is never overwritten by an older one that had to be tried again', async () => {
    await stage.take([version('v1')]);
    const epoch = await stage.own();
    const first = await stage.claimOne(epoch, 'v1');
    const urgent = version('v2');
    urgent.data.notification.priority = 'urgent';
    await stage.take([urgent]);
    await stage.end(first!, { kind: 'retry', error: 'ratelimited', advice: '', facts, delayMs: 0 });
    await stage.deliver((await stage.claimOne(epoch, 'v2'))!);
    expect(await stage.claimOne(epoch, 'v1')).toBeUndefined();
    await terminateUnclaimable(stage.pool, [first!.deliveryId]);
    expect((await stage.states()).sort()).toEqual(['v1 cancelled', 'v2 delivered']);
  });

  test('is not overwritten by the replay of an older one that had failed', async () => {
    await stage.take([version('v1')]);
    const epoch = await stage.own();
    const failed = await stage.claimOne(epoch, 'v1');
    await stage.end(failed!, { kind: 'refused', error: 'is_archived', advice: '', facts });
    await stage.take([version('v2')]);
    await stage.deliver((await stage.claimOne(epoch, 'v2'))!);
    expect((await reopen(stage.pool, [failed!.deliveryId], true)).size).toBe(0);
  });

  test('is posted anew when what it was to change is gone', async () => {
    await stage.take([version('v1')]);
    const epoch = await stage.own();
    await stage.deliver((await stage.claimAll(epoch))[0]!);
    await stage.take([version('v2')]);
    const [update] = await stage.claimAll(epoch);
    await stage.end(update!, {
      kind: 'retry',
      error: 'message_not_found',
      advice: '',
      facts,
      delayMs: 0,
      missing: 'shownMessage',
    });
    const [anew] = await stage.claimAll(epoch);
    expect([anew!.externalId, anew!.shownMessage]).toEqual(['v2', null]);
  });

  test('purely: exactly the newest of those that may vanish is left, and nothing else is touched', () => {
    const versions = fc.array(fc.record({ sequence: fc.option(fc.nat(20)), replaceable: fc.boolean() }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.option(fc.nat(20)), versions, (known, list) => {
        const waiting: WaitingVersion[] = list.map((one, n) => ({
          ...one,
          deliveryId: `d${n}`,
          slotId: 's',
          seq: String(n),
        }));
        const { superseded, version: newest, heir } = newestOf(known, waiting);
        const left = waiting.filter(({ deliveryId }) => !superseded.includes(deliveryId));
        expect(
          waiting.filter(({ deliveryId, replaceable }) => superseded.includes(deliveryId) && !replaceable),
        ).toEqual([]);
        expect(left.filter(({ replaceable }) => replaceable).length).toBeLessThanOrEqual(1);
        expect(newest ?? -1).toBe(Math.max(known ?? -1, ...waiting.map(({ sequence }) => sequence ?? -1)));
        if (heir) expect(left.map(({ deliveryId }) => deliveryId)).toContain(heir.deliveryId);
      }),
    );
  });
});

describe('a thread', () => {
  test('begins with its first message; the next ones answer it, and wait until it stands', async () => {
    await stage.take([reply('m1'), reply('m2')]);
    const epoch = await stage.own();
    const [first, ...others] = await stage.claimAll(epoch);
    expect([first!.externalId, first!.threadParent, others]).toEqual(['m1', null, []]);
    await stage.deliver(first!, '2.0');
    const [second] = await stage.claimAll(epoch);
    expect(second!.threadParent).toEqual({ teamId: 'T1', channel: 'D1', ts: '2.0' });
    await stage.deliver(second!, '2.1');
    await stage.take([reply('m3')]);
    expect((await stage.claimAll(epoch))[0]!.threadParent).toEqual({ teamId: 'T1', channel: 'D1', ts: '2.0' });
  });

  test('whose first message failed for good begins with the next one', async () => {
    await stage.take([reply('m1'), reply('m2')]);
    const epoch = await stage.own();
    await stage.end((await stage.claimAll(epoch))[0]!, { kind: 'refused', error: 'is_archived', advice: '', facts });
    const [next] = await stage.claimAll(epoch);
    expect([next!.externalId, next!.threadParent]).toEqual(['m2', null]);
  });
});

describe('a retraction', () => {
  test('cancels what waits', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    await retract('r1');
    expect(await stage.states()).toEqual(['r1 cancelled']);
    expect(await stage.outcomes()).toEqual([expect.objectContaining({ outcome: 'cancelled', reason: 'retracted' })]);
  });

  test('that comes first is found by the request', async () => {
    await rememberRetractions(stage.pool, [{ notificationId: idOf('r1'), tenantId: 'acme' }]);
    const { retracted } = await stage.take([resolved('r1', [toMember('ada')])]);
    expect(retracted).toEqual([idOf('r1')]);
    await applyRetractions(stage.pool, retracted);
    expect(await stage.states()).toEqual(['r1 cancelled']);
  });

  test('deletes what was posted, and says so with an outcome of its own', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const epoch = await stage.own();
    await stage.deliver((await stage.claimAll(epoch))[0]!, '3.0');
    expect(await retract('r1')).toEqual([{ lane: 'T1', channel: 'U-ada', priority: 1 }]);
    const [deletion] = await stage.claimAll(epoch);
    expect(deletion).toMatchObject({ op: 'delete', ownMessage: { teamId: 'T1', channel: 'D1', ts: '3.0' } });
    await stage.end(deletion!, { kind: 'delivered', facts });
    expect(await stage.states()).toEqual(['r1 cancelled']);
    expect((await stage.outcomes()).map(({ outcome }) => outcome)).toEqual(['delivered', 'cancelled']);
    expect(await retract('r1')).toEqual([]);
  });

  test('of what is being posted deletes it as soon as that is known', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    const epoch = await stage.own();
    const [claimed] = await stage.claimAll(epoch);
    await retract('r1');
    expect((await stage.deliver(claimed!)).states.get(claimed!.deliveryId)).toBe('ready');
    expect(await stage.claimAll(epoch)).toEqual([expect.objectContaining({ op: 'delete' })]);
  });

  test('that is not seen when the request is stored stops the claim', async () => {
    await stage.take([resolved('r1', [toMember('ada')])]);
    await rememberRetractions(stage.pool, [{ notificationId: idOf('r1'), tenantId: 'acme' }]);
    const epoch = await stage.own();
    expect(await stage.claimAll(epoch)).toEqual([]);
    await terminateUnclaimable(
      stage.pool,
      (await stage.rows('SELECT delivery_id AS id FROM delivery')).map((row) => String(row['id'])),
    );
    expect(await stage.states()).toEqual(['r1 cancelled']);
  });

  test('of a version that a newer one replaces before the deletion comes to its turn leaves the message alone', async () => {
    await stage.take([version('v1')]);
    const epoch = await stage.own();
    await stage.deliver((await stage.claimOne(epoch, 'v1'))!);
    const urgent = version('v2');
    urgent.data.notification.priority = 'urgent';
    await stage.take([urgent]);
    expect(await retract('v1')).toHaveLength(1);
    await stage.deliver((await stage.claimOne(epoch, 'v2'))!);
    expect(await stage.claimOne(epoch, 'v1')).toMatchObject({ op: 'delete', ownMessage: null });
  });

  test('of a version that a newer one has replaced leaves the message alone', async () => {
    await stage.take([version('v1')]);
    const epoch = await stage.own();
    await stage.deliver((await stage.claimAll(epoch))[0]!);
    await stage.take([version('v2')]);
    await stage.deliver((await stage.claimAll(epoch))[0]!);
    expect(await retract('v1')).toEqual([]);
    expect(await retract('v2')).toHaveLength(1);
  });
});
