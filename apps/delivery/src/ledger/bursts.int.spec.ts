// The message of a burst in the ledger: one per recipient, type and window, changed in place, in every order.
import { describe, expect, test } from '@jest/globals';
import type { Decision, ResolvedNotification } from '@carillon/domain';
import { laneOfKind } from '../model/lane-id.ts';
import { facts, idOf, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { applyRetractions, rememberRetractions } from './retractions.ts';

const stage = useLedger();
const hour = 3_600_000;
const window = { startedAt: '2026-11-26T12:00:00.000Z', endsAt: new Date(Date.now() + hour).toISOString() };
const typeTitle = 'Check failed';
/** The n-th beyond the limit. */
const beyond = (
  more: number,
  decision: Partial<Decision> = {},
  over: Partial<ResolvedNotification['notification']> = {},
) =>
  resolved(`m${more}`, [toMember('ada', { rollUp: { ...window, more }, ...decision })], {
    typeTitle,
    content: { title: 'A check', body: 'of many words', facts: [{ label: 'Host', value: 'a1' }] },
    ...over,
  });
const byEmail: Partial<Decision> = { destinations: [{ kind: 'email', address: 'ada@acme.test' }] };
const retract = async (id: string) => {
  await rememberRetractions(stage.pool, [{ notificationId: idOf(id), tenantId: 'acme' }]);
  return applyRetractions(stage.pool, [idOf(id)]);
};

describe('the message of a burst', () => {
  test('says how many there are, and nothing of their content', async () => {
    await stage.take([beyond(2), beyond(3), beyond(1)]);
    expect((await stage.states()).sort()).toEqual(['m1 cancelled', 'm2 cancelled', 'm3 ready']);
    const claimed = await stage.claimAll(await stage.own());
    expect(claimed.map(({ content }) => content)).toEqual([{ title: 'Check failed: and 3 more' }]);
    expect((await stage.outcomes()).map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['cancelled', 'rolled_up'],
      ['cancelled', 'rolled_up'],
    ]);
  });

  test('is changed as more come; one that comes late, and another window, leave it', async () => {
    await stage.take([beyond(2)]);
    const epoch = await stage.own();
    await stage.deliver((await stage.claimAll(epoch))[0]!, '1.5');
    const next = { rollUp: { startedAt: '2026-11-26T13:00:00.000Z', endsAt: window.endsAt, more: 7 } };
    await stage.take([beyond(1), beyond(4), beyond(7, next)]);
    const shown = [await stage.claimOne(epoch, 'm4'), await stage.claimOne(epoch, 'm7')];
    expect(shown.map((one) => [one?.content.title, one?.shownMessage])).toEqual([
      ['Check failed: and 4 more', { teamId: 'T1', channel: 'D1', ts: '1.5' }],
      ['Check failed: and 7 more', null],
    ]);
    expect(await stage.states()).toContain('m1 cancelled');
  });

  test('follows the place in the window where the limit was raised, and the count went down', async () => {
    const at = (position: number, more: number) => beyond(more, { rollUp: { ...window, more, position } });
    await stage.take([at(12, 7)]);
    const epoch = await stage.own();
    await stage.deliver((await stage.claimAll(epoch))[0]!, '1.5');
    await stage.take([at(13, 3), at(11, 6)]);
    const shown = await stage.claimAll(epoch);
    expect(shown.map((one) => [one.content.title, one.shownMessage?.ts])).toEqual([
      ['Check failed: and 3 more', '1.5'],
    ]);
    expect(await stage.states()).toContain('m6 cancelled');
  });

  test('takes no part in the group or thread that the producer named', async () => {
    const keys = { collapseKey: 'build 7', threadKey: 'incident 9' };
    await stage.take([resolved('build', [toMember('ada')], keys), beyond(1, {}, keys)]);
    expect((await stage.states()).sort()).toEqual(['build ready', 'm1 ready']);
    const [one] = await stage.rows('SELECT thread_slot FROM delivery_live WHERE rolled_up = 1');
    expect(one).toEqual({ thread_slot: null });
  });

  test('stays when one of those that it counts is taken back, before or after it is posted', async () => {
    await stage.take([beyond(1)]);
    expect(await retract('m1')).toEqual([]);
    const epoch = await stage.own();
    const [first] = await stage.claimAll(epoch);
    await stage.deliver(first!);
    expect(await stage.states()).toEqual(['m1 delivered']);
    expect(await retract('m1')).toEqual([]);
    expect(await stage.states()).toEqual(['m1 delivered']);
  });

  test('is an e-mail at the end of the window, with the last count', async () => {
    await stage.take([beyond(1, byEmail)]);
    await stage.take([beyond(2, byEmail)]);
    expect(await stage.states()).toEqual(['m1 cancelled', 'm2 waiting']);
    const [waiting] = await stage.rows(`SELECT ready_at FROM delivery_live WHERE state = 'waiting'`);
    expect(waiting).toEqual({ ready_at: new Date(window.endsAt) });
    await stage.rows(`UPDATE delivery_live SET state = 'ready', ready_at = now()`);
    const lane = laneOfKind('email', 'acme');
    const [mail] = await stage.claimAll(await stage.own(stage.podA, lane), stage.podA, lane);
    expect(mail?.content).toEqual({ title: 'Check failed: and 2 more' });
    await stage.end(mail!, { kind: 'delivered', facts });
  });
});
