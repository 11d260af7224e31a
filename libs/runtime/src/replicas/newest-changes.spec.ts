import { describe, expect, it } from '@jest/globals';
import type { MemberState } from '@carillon/domain';
import { changeOf, newestChanges, type Change } from './newest-changes.ts';

const state = (name: string, version?: number): MemberState => ({
  tenantId: 'acme',
  memberId: 'ada',
  email: 'ada@acme.test',
  name,
  active: true,
  ...(version === undefined ? {} : { version }),
});
const record = (data: MemberState | null, timestamp: number, version?: number): Change<MemberState> =>
  changeOf({ key: 'acme:ada', data, timestamp, version });
const nameOf = (changes: Change<MemberState>[]) => newestChanges(changes).map(({ state }) => state?.name ?? null);

describe('the newest change of a key', () => {
  it('has the highest version, whatever the order of the records', () => {
    expect(nameOf([record(state('two', 2), 10), record(state('one', 1), 20)])).toEqual(['two']);
  });

  it('goes by the timestamp of the record where there is no version', () => {
    expect(nameOf([record(state('late'), 20), record(state('early'), 10)])).toEqual(['late']);
    expect(newestChanges([record(state('late'), 20)])[0]).toMatchObject({ version: 20 });
  });

  it('is a tombstone when one follows', () => {
    expect(nameOf([record(state('one', 1), 10), record(null, 11)])).toEqual([null]);
    expect(nameOf([record(state('one', 1), 10), record(null, 10, 2)])).toEqual([null]);
  });

  it('outlives an older tombstone', () => {
    expect(nameOf([record(state('three', 3), 30), record(null, 20)])).toEqual(['three']);
    expect(nameOf([record(state('three', 3), 30), record(null, 40, 2)])).toEqual(['three']);
  });

  it('comes back after a tombstone', () => {
    expect(nameOf([record(null, 20), record(state('again', 4), 21)])).toEqual(['again']);
  });

  it('is the deletion, where both have the same version, in either order', () => {
    expect(nameOf([record(state('one', 1), 10), record(null, 10, 1)])).toEqual([null]);
    expect(nameOf([record(null, 10, 1), record(state('one', 1), 10)])).toEqual([null]);
  });
});
