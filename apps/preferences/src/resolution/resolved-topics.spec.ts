// Resolutions go to the cells of their tenants.
import { expect, test } from '@jest/globals';
import type { Topic } from '@carillon/domain';
import type { Publisher } from '@carillon/messaging';
import { Tenants } from '@carillon/runtime';
import { ResolvedTopics, type Resolved } from './resolved-topics.ts';

const tenants = new Tenants(
  [
    { id: 'acme', name: 'Acme' },
    { id: 'globex', name: 'Globex', cell: '1' },
    { id: 'initech', name: 'Initech' },
  ],
  undefined,
  ['0', '1'].map((id) => ({ id, deliveryUrl: `http://${id}` })),
);
const plain = 'carillon.notification.resolved.v1';
const counts: Record<string, number> = { [plain]: 12, [`${plain}.cell-1`]: 96 };

let published: Record<string, string[]>;
const topics = (refused?: string): ResolvedTopics => {
  published = {};
  const publisher = {
    partitionsOf: ({ name }: Topic) => Promise.resolve(counts[name]),
    publish: ({ name }: Topic, records: Resolved[]) => {
      if (name === refused) return Promise.reject(new Error(`${name} is full`));
      published[name] = records.map(({ id }) => id);
      return Promise.resolve();
    },
  };
  return new ResolvedTopics(publisher as unknown as Publisher, tenants);
};
const of = (tenantId: string, id: string): Resolved => ({ id, source: '/s', data: { tenantId } }) as Resolved;
const batch = [of('acme', 'a'), of('globex', 'g'), of('initech', 'i'), of('globex', 'h')];

test('each record goes to the topic of its cell, in order, and the partitions are those of that topic', async () => {
  const resolved = topics();
  const partitionsOf = await resolved.partitionsOf(['acme', 'globex', 'initech']);
  expect(['acme', 'globex', 'initech'].map(partitionsOf)).toEqual([12, 96, 12]);
  await resolved.publish(batch, {});
  expect(published).toEqual({ [plain]: ['a', 'i'], [`${plain}.cell-1`]: ['g', 'h'] });
});

test('a cell that takes nothing keeps no other from getting its records, and the caller hears of it', async () => {
  await expect(topics(plain).publish(batch, {})).rejects.toThrow('is full');
  expect(published).toEqual({ [`${plain}.cell-1`]: ['g', 'h'] });
});
