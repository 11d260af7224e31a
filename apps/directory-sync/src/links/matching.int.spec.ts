// Who is linked to whom in PostgreSQL, as members, the policy for guests and choices by hand change.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changePolicy } from '../policy/change-policy.ts';
import { defaultPolicy, type GuestPolicy } from '../policy/directory-policy.ts';
import { linksIn, SyncStage } from '../testing/sync-stage.ts';
import { linkByHand, unlink } from './link-by-hand.ts';
import { findPeople } from './people.ts';

let stage: SyncStage;
beforeAll(async () => {
  stage = await SyncStage.start();
});
beforeEach(() => stage.reset());
afterEach(() => stage.directory.close());
afterAll(() => stage?.stop());

const links = async () => linksIn(await stage.directory.published());
const linkTo = (slackUserId: string) => [{ status: 'matched', teamId: stage.team, slackUserId }];
const ambiguous = [{ status: 'ambiguous' }];

async function synced(users: object[]): Promise<void> {
  await stage.connect({
    users: [{ id: 'U0ADMIN', name: 'Admin', email: 'admin@else.test', admin: true }, ...users],
  });
  stage.directory.runner();
  await stage.ended();
  await stage.directory.published();
}

test('two members with one address are ambiguous, until only one has it', async () => {
  await synced([{ id: 'U1', name: 'Ada', email: 'Ada@acme.test' }]);
  await stage.directory.members([{ memberId: 'ada' }]);
  expect(await links()).toEqual({ ada: linkTo('U1') });
  await stage.directory.members([{ memberId: 'ada2', email: 'ADA@acme.test' }]);
  expect(await links()).toEqual({ ada: ambiguous, ada2: ambiguous });
  await stage.directory.members([{ memberId: 'ada2', email: 'other@acme.test' }]);
  expect(await links()).toEqual({ ada: linkTo('U1'), ada2: [{ status: 'unmatched' }] });
  await stage.directory.members([{ memberId: 'ada2', email: 'ada@acme.test' }]);
  expect(await links()).toEqual({ ada: ambiguous, ada2: ambiguous });
  await stage.directory.members([{ memberId: 'ada', active: false }]);
  expect(await links()).toEqual({ ada: linkTo('U1'), ada2: linkTo('U1') });
  await stage.directory.members([{ memberId: 'ada' }]);
  expect(await links()).toEqual({ ada: ambiguous, ada2: ambiguous });
  await stage.directory.memberGone('ada');
  expect(await links()).toEqual({ ada: null, ada2: linkTo('U1') });
});

test('however members come and go, the links are those that a sync of everything finds', async () => {
  const addresses = ['ada@acme.test', 'ben@acme.test', 'nobody@acme.test'];
  await synced([
    { id: 'U1', name: 'Ada', email: addresses[0] },
    { id: 'U2', name: 'Ben', email: addresses[1] },
  ]);
  const change = fc.record({
    memberId: fc.constantFrom('m1', 'm2', 'm3', 'm4'),
    email: fc.constantFrom(...addresses),
    active: fc.boolean(),
    gone: fc.nat(3).map((n) => n === 0),
  });
  const stored = async (): Promise<object[]> => {
    const found = await stage.directory.pool.query<object>(
      'SELECT tenant_id, member_id, status, slack_user_id FROM link ORDER BY member_id',
    );
    return found.rows;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uniqueArray(change, { selector: (one) => one.memberId }), { maxLength: 6 }),
      async (batches) => {
        for (const batch of batches) {
          await stage.directory.members(batch.filter(({ gone }) => !gone));
          for (const { memberId } of batch.filter(({ gone }) => gone)) await stage.directory.memberGone(memberId);
        }
        const byChanges = await stored();
        await stage.again();
        expect(await stored()).toEqual(byChanges);
      },
    ),
    { numRuns: 15 },
  );
});

test('guests are linked where the policy allows it, at once when it is changed, and by hand in any case', async () => {
  await stage.directory.members([{ memberId: 'ada' }, { memberId: 'ben' }, { memberId: 'cleo' }]);
  await synced([
    { id: 'U1', name: 'Ada', email: 'ada@acme.test', guest: true },
    { id: 'U2', name: 'Ben', email: 'ben@acme.test', guest: true },
    { id: 'U3', name: 'Cleo', email: 'cleo@acme.test' },
  ]);
  await stage.directory.pool.query(`UPDATE slack_user SET guest = 'single_channel' WHERE slack_user_id = 'U2'`);
  const { pool, asAdmin } = stage.directory;
  const allow = (guests: GuestPolicy) =>
    changePolicy(pool, asAdmin.audit, asAdmin.caller, 'acme', { ...defaultPolicy, guests });
  const unmatched = [{ status: 'unmatched' }];
  await allow('multi_channel');
  expect(await links()).toEqual({ ada: linkTo('U1') });
  await allow('all');
  expect(await links()).toEqual({ ben: linkTo('U2') });
  await allow('all');
  expect(await links()).toEqual({});
  await linkByHand(asAdmin, stage.installation, 'ada', { slackUserId: 'U1' });
  await allow('none');
  expect(await links()).toEqual({ ada: [{ ...linkTo('U1')[0], status: 'manual' }], ben: unmatched });
  const audited = await pool.query(`SELECT detail FROM audit_entry WHERE action = 'directory_policy.changed'`);
  expect(audited.rows.map(({ detail }: { detail: { after: unknown } }) => detail.after)).toEqual(
    ['multi_channel', 'all', 'none'].map((guests) => ({ guests, selfLink: true })),
  );
});

test('a link that was set or removed by hand says who did it and when, and stays so after a sync', async () => {
  await stage.directory.members([{ memberId: 'ada' }, { memberId: 'ben' }, { memberId: 'cleo' }]);
  await synced([
    { id: 'U1', name: 'Ada', email: 'ada@acme.test' },
    { id: 'U2', name: 'Ben', email: 'ben@acme.test' },
    { id: 'U3', name: 'Cleo', email: 'cleo@acme.test' },
  ]);
  const { pool, asAdmin } = stage.directory;
  const set = await linkByHand(asAdmin, stage.installation, 'ada', { slackUserId: 'U1' });
  const removed = await unlink(asAdmin, stage.installation, 'ben');
  const chosen = { by: 'root', how: 'admin', at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) };
  expect([set, removed]).toMatchObject([
    { status: 'manual', chosen },
    { status: 'removed', chosen },
  ]);
  await stage.again();
  const people = await findPeople(pool, { tenantId: 'acme', after: '', limit: 9 });
  expect(people.map(({ links: [link] }) => [link!.status, link!.chosen])).toEqual([
    ['manual', set.chosen],
    ['removed', removed.chosen],
    ['matched', null],
  ]);
});
