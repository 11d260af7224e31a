// What is read of the channels that a batch addresses, on a real database.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { channelChanged, type ChannelState } from '@carillon/domain';
import { tombstone } from '@carillon/messaging';
import { batchOf } from '@carillon/messaging/testing';
import { ApplyChannels } from '../replicas/apply-channels.ts';
import { createReplicaDatabase, tenants, type ReplicaDatabase } from '../testing/replica-database.ts';
import { ContextLoader, LookupKeys } from './context-loader.ts';

let database: ReplicaDatabase;
beforeAll(async () => {
  database = await createReplicaDatabase();
  await store(
    ...[channel('C1', 'general'), channel('C2', 'sales', { isPrivate: true }), channel('C3', 'gone')],
    ...[channel('C4', 'general', { tenantId: 'globex', installationId: 'theirs' }), channel('C5', 'generic')],
  );
  await apply(tombstone(channelChanged, 'main:C3', 9));
  await store(channel('C1', 'outdated', { version: 1 }));
});
afterAll(() => database?.drop());

const channel = (channelId: string, name: string, given: Partial<ChannelState> = {}): ChannelState => ({
  ...{ tenantId: 'acme', installationId: 'main', channelId, teamId: 'T1', name, version: 5 },
  ...{ isPrivate: false, isArchived: false, isMember: true },
  ...given,
});
const apply = (...records: Parameters<typeof batchOf<typeof channelChanged>>[1]) =>
  new ApplyChannels(database.pool, tenants).handle(batchOf(channelChanged, records));
const store = (...states: ChannelState[]) =>
  apply(...states.map((data) => ({ id: data.channelId, source: '/carillon/directory-sync', data })));

async function found(tenantId: string, ...references: string[]) {
  const keys = new LookupKeys();
  keys.add({ tenantId, to: references.map((reference) => ({ channel: reference })) });
  const channels = (await new ContextLoader(database.pool).load(keys)).get(tenantId)?.channels;
  return Object.fromEntries(
    [...(channels ?? [])].map(([key, { channels: here, close }]) => [
      key,
      [...here.map(({ channelId }) => channelId), ...close],
    ]),
  );
}

test('a channel is found by id and by name, as it was stored last, and in its own tenant only', async () => {
  expect(await found('acme', 'C1', '#General', 'C4')).toEqual({ C1: ['C1'], general: ['C1'], C4: [] });
  expect(await found('globex', 'general', 'C1')).toEqual({ general: ['C4'], C1: [] });
  expect(await found('acme', 'C3', 'gone', 'outdated')).toMatchObject({ C3: [], gone: [], outdated: [] });
});

test('a private channel is found by its id only', async () => {
  expect(await found('acme', 'C2', 'sales')).toEqual({ C2: ['C2'], sales: [] });
});

test('close names are suggested, but never one of a private channel', async () => {
  expect(await found('acme', 'generl')).toEqual({ generl: ['general', 'generic'] });
  expect(await found('acme', 'salse')).toEqual({ salse: [] });
});

test('a tenant cannot have many names searched for', async () => {
  const all = await found('acme', ...Array.from({ length: 50 }, (_, n) => `genera${n}`));
  expect(Object.values(all).filter((close) => close.length > 0)).toHaveLength(2);
});
