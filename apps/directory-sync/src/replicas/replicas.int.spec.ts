// The directory's copies of the state topics, on PostgreSQL: whatever the order in which records arrive, the same copy
// remains.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { memberChanged, type MemberState } from '@carillon/domain';
import { tombstone, type Outgoing, type RawRecord } from '@carillon/messaging';
import { batchOf } from '@carillon/messaging/testing';
import fc from 'fast-check';
import { testDirectory, type Directory } from '../testing/directory.ts';

const nowhere = 'http://127.0.0.1:1';
let directory: Directory;

beforeAll(async () => {
  directory = await testDirectory({ slack: nowhere, installation: nowhere, token: nowhere });
});
beforeEach(() => directory.pool.query('TRUNCATE member, recipient, installation, sync, outbox'));
afterAll(() => directory.close());

type MemberRecord = Outgoing<MemberState> | RawRecord;
const state = (memberId: string, version?: number): MemberRecord => ({
  id: randomUUID(),
  source: '/spec',
  data: {
    ...{ tenantId: 'acme', memberId, email: `${memberId}@acme.test`, name: `${memberId} ${version}`, active: true },
    ...(version !== undefined && { version }),
  },
});
const gone = (memberId: string, version: number): MemberRecord => tombstone(memberChanged, `acme:${memberId}`, version);
const goneWithoutVersion = (memberId: string): MemberRecord => ({
  ...tombstone(memberChanged, `acme:${memberId}`, 0),
  headers: { ce_source: '/spec' },
});

/** @param at the broker's time of the records */
async function read(records: MemberRecord[], at?: number): Promise<void> {
  const batch = batchOf(memberChanged, records);
  const timed = batch.records.map((record) => ({ ...record, timestamp: at ?? record.timestamp }));
  await directory.replicas.members.handle({ ...batch, records: timed });
  expect(batch.rejected).toEqual([]);
}
const members = async (): Promise<unknown[]> =>
  (await directory.pool.query<object>('SELECT member_id, name, version, deleted FROM member ORDER BY 1')).rows;

describe('the replica of members', () => {
  it('is the same after states and tombstones in any order, in any batches, repeated at will', async () => {
    const history = [state('ada', 1), gone('ada', 3), state('ada', 4), state('ben', 1), gone('ben', 2), state('cy', 7)];
    await read(history);
    const expected = await members();
    expect(expected).toEqual([
      { member_id: 'ada', name: 'ada 4', version: '4', deleted: false },
      { member_id: 'ben', name: '', version: '2', deleted: true },
      { member_id: 'cy', name: 'cy 7', version: '7', deleted: false },
    ]);
    const orders = fc.shuffledSubarray([...history, ...history], { minLength: history.length * 2 });
    await fc.assert(
      fc.asyncProperty(orders, fc.integer({ min: 1, max: 5 }), async (order, size) => {
        await directory.pool.query('TRUNCATE member, recipient');
        for (let from = 0; from < order.length; from += size) await read(order.slice(from, from + size));
        expect(await members()).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('publishes nobody whose deletion was read before the older state', async () => {
    await read([gone('ada', 3)]);
    await read([state('ada', 2)]);
    expect(await directory.published()).toEqual(new Map());
    await read([state('ada', 4)]);
    expect([...(await directory.published()).keys()]).toEqual(['acme:ada']);
  });

  it('is left by a member whose tombstone has no version and is later, who comes back with the next version', async () => {
    const then = Date.now() - 60_000;
    await read([state('ada', 7)], then);
    await read([goneWithoutVersion('ada')], then - 1);
    expect(await members()).toMatchObject([{ version: '7', deleted: false }]);
    await read([goneWithoutVersion('ada')], then + 1);
    expect(await members()).toMatchObject([{ name: '', version: '7', deleted: true }]);
    await read([state('ada', 7)]);
    expect(await members()).toMatchObject([{ deleted: true }]);
    await read([state('ada', 8)]);
    expect(await members()).toMatchObject([{ name: 'ada 8', version: '8', deleted: false }]);
  });

  it('takes a member whose first record was a tombstone without a version', async () => {
    await read([goneWithoutVersion('ada')]);
    await read([state('ada', 0)]);
    expect(await members()).toMatchObject([{ name: 'ada 0', version: '0', deleted: false }]);
  });
});

describe('the replica of installations', () => {
  const syncs = async (): Promise<number | null> => (await directory.pool.query('SELECT FROM sync')).rowCount;
  const installation = (version: number) => directory.installation({ installationId: 'i-1', version });

  it('requests no sync of an installation whose deletion was read before the older state', async () => {
    await directory.installationGone('i-1', 3);
    await installation(2);
    expect(await syncs()).toBe(0);
    await installation(4);
    expect(await syncs()).toBe(1);
  });

  it('requests one sync of a state that is read twice', async () => {
    await installation(1);
    await directory.pool.query(`UPDATE sync SET state = 'done'`);
    await installation(1);
    expect(await syncs()).toBe(1);
  });
});
