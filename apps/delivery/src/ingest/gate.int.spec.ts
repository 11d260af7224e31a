import { describe, expect, test } from '@jest/globals';
import { slackAccountAlias } from '@carillon/domain/ids';
import type { Decision } from '@carillon/domain';
import { idOf, lane, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { placeOf } from '../testing/places.ts';
import { runSteps } from '../testing/run-steps.ts';
import { ingestRecords } from './gate.ts';
import { retentionSteps } from '../maintenance/retention.ts';
import type { ResolvedRecord } from '../model/ingest-plan.ts';

const stage = useLedger();

/** A member whose link leads to the Slack account `user`. */
const linked = (member: string, user: string, over: Partial<Decision> = {}): Decision =>
  toMember(member, {
    destinations: [{ kind: 'slack', surface: 'dm', installationId: 'i1', teamId: lane, channel: user }],
    aliases: [slackAccountAlias(lane, user)],
    ...over,
  });

const told = (): Promise<Record<string, unknown>[]> => stage.rows('SELECT recipient FROM delivery ORDER BY recipient');
const suppressedOutcomes = async (): Promise<string[]> =>
  (await stage.outcomes())
    .filter(({ outcome }) => outcome === 'suppressed')
    .map(({ recipient, reason }) => `${recipient} ${reason}`);

describe('one person under several names', () => {
  test.each([
    ['in one record', [[resolved('r', [linked('ada', 'U1'), linked('lovelace', 'U1')])]]],
    [
      'in two records of one batch',
      [[resolved('r', [linked('ada', 'U1')]), resolved('r', [linked('lovelace', 'U1')])]],
    ],
    ['in two batches', [[resolved('r', [linked('ada', 'U1')])], [resolved('r', [linked('lovelace', 'U1')])]]],
  ] satisfies [string, ResolvedRecord[][]][])('is told once: %s', async (_case, batches) => {
    for (const batch of batches) await stage.take(batch);
    expect(await told()).toEqual([{ recipient: 'member:ada' }]);
    expect(await suppressedOutcomes()).toEqual(['member:lovelace same_person']);
    const [row] = await stage.rows("SELECT answer FROM decision WHERE recipient = 'member:lovelace'");
    expect(row!['answer']).toMatchObject({
      verdict: 'suppress',
      reasons: [{ code: 'addressed' }, { code: 'same_person', detail: 'member:ada' }],
    });
  });

  test('a batch without such records is one statement, however many records it holds', async () => {
    const many = Array.from({ length: 50 }, (_, n) =>
      resolved(`r${n}`, [linked('ada', 'U1'), linked('bob', 'U2')], { requestHash: `h${n}` }),
    );
    const { rounds } = await ingestRecords(stage.pool, many, placeOf, new Date());
    expect(rounds.map(({ ingested }) => ingested.deliveries)).toEqual([100]);
  });

  test('told in two batches at the same moment, whichever comes first', async () => {
    for (let round = 0; round < 20; round++) {
      const id = `race-${round}`;
      // Half of the rounds begin with a notification that is known already.
      if (round % 2 === 0) await stage.take([resolved(id, [linked('grace', 'U9')])]);
      await Promise.all(
        ['ada', 'lovelace', 'byron'].map((member) => stage.take([resolved(id, [linked(member, 'U1')])])),
      );
      expect(
        await stage.rows("SELECT 1 FROM delivery WHERE notification_id = $1 AND recipient <> 'member:grace'", [
          idOf(id),
        ]),
      ).toHaveLength(1);
      expect(
        await stage.rows("SELECT 1 FROM decision WHERE notification_id = $1 AND recipient <> 'member:grace'", [
          idOf(id),
        ]),
      ).toHaveLength(3);
    }
  });

  test('the same record again refuses nothing of its own, and tells nothing twice', async () => {
    const record = resolved('r', [linked('ada', 'U1'), linked('lovelace', 'U1'), linked('bob', 'U2')]);
    await stage.take([record]);
    const before = await stage.rows('SELECT recipient, answer::text FROM decision ORDER BY recipient');
    await stage.take([record]);
    await stage.take([record, record]);
    expect(await told()).toEqual([{ recipient: 'member:ada' }, { recipient: 'member:bob' }]);
    expect(await stage.rows('SELECT recipient, answer::text FROM decision ORDER BY recipient')).toEqual(before);
    expect(await suppressedOutcomes()).toEqual(['member:lovelace same_person']);
  });

  test('an address as a recipient is the same person as the member who has it', async () => {
    const byAddress = toMember('x', {
      recipient: 'email:ada@acme.test',
      destinations: [{ kind: 'email', address: 'ada@acme.test' }],
    });
    await stage.take([
      resolved('r', [linked('ada', 'U1', { aliases: ['slack:T1:U1', 'email:ada@acme.test'] }), byAddress]),
    ]);
    expect(await told()).toEqual([{ recipient: 'member:ada' }]);
    await stage.take([resolved('s', [byAddress])]);
    await stage.take([resolved('s', [linked('ada', 'U1', { aliases: ['slack:T1:U1', 'email:ada@acme.test'] })])]);
    expect(await stage.rows('SELECT recipient FROM delivery WHERE notification_id = $1', [idOf('s')])).toEqual([
      { recipient: 'email:ada@acme.test' },
    ]);
  });

  test('who is suppressed under one name is still told under another', async () => {
    await stage.take([
      resolved('r', [
        linked('ada', 'U1', { verdict: 'suppress', destinations: [], reasons: [{ code: 'member_inactive' }] }),
        linked('lovelace', 'U1'),
      ]),
    ]);
    expect(await told()).toEqual([{ recipient: 'member:lovelace' }]);
  });

  const ada = linked('ada', 'U1');
  const bridge = linked('lovelace', 'U1', { aliases: ['slack:T1:U1', 'email:ada@acme.test'] });
  const address = toMember('x', {
    recipient: 'email:ada@acme.test',
    destinations: [{ kind: 'email', address: 'ada@acme.test' }],
  });
  test.each([
    ['one record', [[resolved('r', [ada, bridge, address])]]],
    ['one batch', [[resolved('r', [ada]), resolved('r', [bridge]), resolved('r', [address])]]],
    ['three batches', [[resolved('r', [ada])], [resolved('r', [bridge])], [resolved('r', [address])]]],
  ] satisfies [string, ResolvedRecord[][]][])(
    'who shares a name with a refused one is refused too: %s',
    async (_case, batches) => {
      for (const batch of batches) await stage.take(batch);
      expect(await told()).toEqual([{ recipient: 'member:ada' }]);
      expect((await suppressedOutcomes()).sort()).toEqual([
        'email:ada@acme.test same_person',
        'member:lovelace same_person',
      ]);
    },
  );

  test('another notification to the same account is another matter', async () => {
    await stage.take([resolved('r', [linked('ada', 'U1')]), resolved('s', [linked('lovelace', 'U1')])]);
    expect(await told()).toHaveLength(2);
  });
});

describe('one id with two contents', () => {
  const first = (id = 'leak'): ResolvedRecord =>
    resolved(id, [toMember('ada')], { requestHash: 'h1', content: { title: 'Salary of Ada' } });
  const other = (id = 'leak'): ResolvedRecord =>
    resolved(id, [toMember('grace')], { requestHash: 'h2', content: { title: 'Lunch menu' } });
  const reuses = (): Promise<Record<string, unknown>[]> =>
    stage.rows('SELECT notification_id AS id, times FROM id_reuse');

  test.each([
    ['in one batch', [[first(), other()]]],
    ['in two batches', [[first()], [other()]]],
  ])('the second is refused whole: %s', async (_case, batches) => {
    const reused = [];
    for (const batch of batches) reused.push(...(await stage.take(batch)).reused);
    expect(await told()).toEqual([{ recipient: 'member:ada' }]);
    expect(await stage.rows("SELECT content->>'title' AS title FROM notification")).toEqual([
      { title: 'Salary of Ada' },
    ]);
    expect(reused).toEqual([other()]);
    expect(await reuses()).toEqual([{ id: idOf('leak'), times: 1 }]);
  });

  test('of two at the same moment one stands, and nobody is told the content of the other', async () => {
    for (let round = 0; round < 20; round++) {
      const id = `race-${round}`;
      await Promise.all([stage.take([first(id)]), stage.take([other(id)])]);
      const rows = await stage.rows(
        "SELECT d.recipient, n.content->>'title' AS title FROM delivery d JOIN notification n USING (notification_id) WHERE n.notification_id = $1",
        [idOf(id)],
      );
      expect([
        [{ recipient: 'member:ada', title: 'Salary of Ada' }],
        [{ recipient: 'member:grace', title: 'Lunch menu' }],
      ]).toContainEqual(rows);
    }
  });

  test('whichever comes first in a later batch: the stored content goes on to its other recipients', async () => {
    await stage.take([first()]);
    const more = first();
    more.data.decisions = [toMember('bob')];
    const { reused } = await stage.take([other(), more]);
    expect(reused).toEqual([other()]);
    expect(await told()).toEqual([{ recipient: 'member:ada' }, { recipient: 'member:bob' }]);
  });

  test('repeats are counted in one row', async () => {
    await stage.take([first()]);
    for (let n = 0; n < 5; n++) await stage.take([other()]);
    expect(await reuses()).toEqual([{ id: idOf('leak'), times: 5 }]);
  });

  test('the report of the first gate is a line too, and changes neither content nor reasons', async () => {
    const report = resolved('leak', [], { requestHash: 'h2', content: { title: 'Lunch menu' } });
    report.data.reasons = [{ code: 'id_reused' }];
    await stage.take([report]);
    expect(await stage.rows('SELECT 1 FROM notification')).toEqual([]);
    await stage.take([first()]);
    await stage.take([report]);
    expect(await stage.rows("SELECT content->>'title' AS title, reasons FROM notification")).toEqual([
      { title: 'Salary of Ada', reasons: null },
    ]);
    expect(await reuses()).toEqual([{ id: idOf('leak'), times: 2 }]);
    expect(await stage.outcomes()).toEqual([]);
  });

  test('records of earlier releases have no digest, and are taken as before', async () => {
    await stage.take([resolved('old', [toMember('ada')])]);
    await stage.take([resolved('old', [toMember('bob')], { requestHash: 'h1' })]);
    await stage.take([first()]);
    await stage.take([resolved('leak', [toMember('bob')])]);
    expect(await told()).toHaveLength(4);
    expect(await reuses()).toEqual([]);
  });
});

test('what was said about a person is forgotten with the notification, and the count of reuses with the gate', async () => {
  await stage.take([resolved('r', [linked('ada', 'U1')], { requestHash: 'h1' })]);
  await stage.take([resolved('r', [linked('bob', 'U2')], { requestHash: 'h2' })]);
  await stage.pool.query(
    "UPDATE delivery SET state = 'sending'; UPDATE delivery SET state = 'delivered', settled = true; UPDATE notification SET forget_on = current_date",
  );
  await runSteps(retentionSteps(stage.pool));
  expect(await stage.rows('SELECT 1 FROM notification')).toEqual([]);
  expect(await stage.rows('SELECT answer FROM decision')).toEqual([{ answer: null }]);
  await stage.pool.query(
    "UPDATE decision SET decided_at = now() - interval '31 days'; UPDATE id_reuse SET last_at = now() - interval '31 days'",
  );
  await runSteps(retentionSteps(stage.pool));
  for (const table of ['decision', 'id_reuse']) expect(await stage.rows(`SELECT 1 FROM ${table}`)).toEqual([]);
});
