// In which variant a recipient is told what, wherever the ledger hands content out. Real PostgreSQL.
import { describe, expect, test } from '@jest/globals';
import type { Decision, ResolvedNotification } from '@carillon/domain';
import { findDeliveries } from '../deliveries/deliveries.ts';
import { ingestRecords } from '../ingest/gate.ts';
import { ImmediateClaims } from '../ingest/immediate-claims.ts';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import { delivered, DispatchStage } from '../testing/dispatch-stage.ts';
import { facts, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { placeOf } from '../testing/places.ts';
import { Timeline } from '../timeline/timeline.ts';
import { readUnknown } from './claims.ts';
import { releaseDigests } from './release-digests.ts';
import { reopen } from './replays.ts';

const stage = useLedger();
const variants = { de: { title: 'Bericht', body: 'Fertig' }, 'workflow:w1': { body: 'For the team' } };
const content = { title: 'Report', body: 'Done', link: { url: 'https://acme.test/' } };

/** `told`: the variant of each member. */
const told = (
  id: string,
  members: Record<string, string | undefined>,
  over: Partial<ResolvedNotification['notification']> = {},
  decision: Partial<Decision> = {},
) =>
  resolved(
    id,
    Object.entries(members).map(([member, variant]) =>
      toMember(member, { ...decision, ...(variant !== undefined && { variant }) }),
    ),
    { content, variants, ...over },
  );

const said = (deliveries: readonly ClaimedDelivery[]) =>
  deliveries
    .map(({ recipient, content: { title, body } }) => `${recipient.slice('member:'.length)}: ${title}, ${body}`)
    .sort();
const inEach = ['ada: Bericht, Fertig', 'bob: Report, For the team', 'cyd: Report, Done', 'dan: Report, Done'];
const each = { ada: 'de', bob: 'workflow:w1', cyd: undefined, dan: 'nobody knows' };

describe('a claimed delivery', () => {
  test('says what its variant says, and without one, or with one that is not there, the content as it is', async () => {
    await stage.take([told('r', each)]);
    const claimed = await stage.claimAll(await stage.own());
    expect(said(claimed)).toEqual(inEach);
    expect(claimed.map((delivery) => delivery.content.link)).toEqual(claimed.map(() => content.link));
  });

  test('says the same where it is claimed in the statement that stores it', async () => {
    await stage.take([told('before', { eve: undefined })]);
    const dispatch = new DispatchStage(stage, () => delivered);
    try {
      await dispatch.adopt();
      await dispatch.recorded('T1', 1);
      await ingestRecords(stage.pool, [told('r', each)], placeOf, new Date(), (plan) =>
        ImmediateClaims.of(dispatch.dispatcher, plan),
      );
      await dispatch.recorded('T1', 5);
      expect(said(dispatch.sent.slice(1))).toEqual(inEach);
    } finally {
      await dispatch.stop();
    }
  });

  test('says the same when nobody knows whether it was sent, and when it is replayed', async () => {
    await stage.take([told('r', { ada: 'de' })]);
    const epoch = await stage.own();
    const [first] = await stage.claimAll(epoch);
    await stage.end(first!, { kind: 'unknown', error: 'timeout', advice: '', facts });
    expect(said(await readUnknown(stage.pool, [first!.deliveryId]))).toEqual(inEach.slice(0, 1));
    await stage.pool.query(`UPDATE delivery SET state = 'failed', settled = true, settled_at = now()`);
    expect((await reopen(stage.pool, [first!.deliveryId], true)).size).toBe(1);
    expect(said(await stage.claimAll(epoch))).toEqual(inEach.slice(0, 1));
  });

  test('of a later record of the same notification says what the first record has under the name', async () => {
    await stage.take([told('r', { ada: 'de' })]);
    await stage.take([told('r', { bob: 'de' }, { variants: { de: { title: 'Anders' } } })]);
    const claimed = await stage.claimAll(await stage.own());
    expect(said(claimed)).toEqual(['ada: Bericht, Fertig', 'bob: Bericht, Fertig']);
  });

  test('of a newer version says what that version has under the name', async () => {
    const version = (id: string, over: Partial<ResolvedNotification['notification']>) =>
      told(id, { ada: 'de' }, { collapseKey: 'k', ...over });
    await stage.take([version('one', { sequence: 1 })]);
    const epoch = await stage.own();
    const [one] = await stage.claimAll(epoch);
    await stage.deliver(one!);
    await stage.take([version('two', { sequence: 2, variants: { de: { title: 'Zweiter Bericht' } } })]);
    const [two] = await stage.claimAll(epoch);
    expect(two!.shownMessage).not.toBeNull();
    await stage.deliver(two!);
    const [, ...three] = [
      await stage.take([version('three', { sequence: 3, variants: {} })]),
      ...(await stage.claimAll(epoch)),
    ];
    expect(said([one!, two!, ...three])).toEqual([
      'ada: Bericht, Fertig',
      'ada: Report, Done',
      'ada: Zweiter Bericht, Done',
    ]);
  });

  test('of a reply says its own variant beside a parent without one', async () => {
    await stage.take([told('parent', { ada: undefined }, { threadKey: 't' })]);
    const epoch = await stage.own();
    const [parent] = await stage.claimAll(epoch);
    await stage.deliver(parent!);
    await stage.take([told('reply', { ada: 'de' }, { threadKey: 't' })]);
    const [reply] = await stage.claimAll(epoch);
    expect(reply!.threadParent).not.toBeNull();
    expect(said([parent!, reply!])).toEqual(['ada: Bericht, Fertig', 'ada: Report, Done']);
  });
});

test('what is sent by another channel in its place is said in the same variant', async () => {
  await stage.take([told('r', { ada: 'de' }, {}, { fallback: { kind: 'email', address: 'ada@acme.test' } })]);
  const [claimed] = await stage.claimAll(await stage.own());
  await stage.end(claimed!, { kind: 'refused', error: 'user_disabled', advice: '', facts });
  const lane = 'email:acme';
  const byEmail = await stage.claimAll(await stage.own(stage.podA, lane), stage.podA, lane);
  expect(byEmail.map(({ destination }) => destination.kind)).toEqual(['email']);
  expect(said(byEmail)).toEqual(inEach.slice(0, 1));
});

test('a digest says each item in the variant of its recipient', async () => {
  const mode = { kind: 'digest' as const, key: 'ada daily', dueAt: new Date(Date.now() - 60_000).toISOString() };
  await stage.take([
    told('a', { ada: 'de' }, {}, { mode }),
    told('b', { ada: undefined }, { content: { title: 'Plain' } }, { mode }),
    told('c', { ada: 'gone' }, { content: { title: 'Base' } }, { mode }),
  ]);
  const epoch = await stage.own();
  await releaseDigests(stage.pool, stage.podA);
  const [digest] = await stage.claimAll(epoch);
  const frozen = await stage.freeze(digest!);
  expect(frozen!.body).toMatch(/Bericht.*Plain.*Base/s);
  expect(frozen!.body).not.toContain('[Report]');
  expect(await stage.freeze(digest!)).toEqual(frozen);
});

test('the timeline and the list of deliveries show in which variant each recipient is told', async () => {
  await stage.take([told('r', { ada: 'de', cyd: undefined }, { variants: { ...variants, fr: { title: 'Rapport' } } })]);
  const [{ id }] = (await stage.rows('SELECT notification_id AS id FROM notification')) as [{ id: string }];
  const timeline = await new Timeline(stage.pool, {}).of(id);
  expect([timeline!.title, timeline!.variants]).toEqual(['Report', { de: { title: 'Bericht' } }]);
  expect(timeline!.decisions.map(({ recipient, variant }) => [recipient, variant])).toEqual([
    ['member:ada', 'de'],
    ['member:cyd', undefined],
  ]);
  const listed = await findDeliveries(stage.pool, { tenantId: 'acme' }, 10);
  expect(listed.map(({ recipient, title }) => `${recipient} ${title}`).sort()).toEqual([
    'member:ada Bericht',
    'member:cyd Report',
  ]);
});
