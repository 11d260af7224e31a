// When a process knows of a change.
import { expect, test } from '@jest/globals';
import { Lifecycle, Tenants } from '@carillon/runtime';
import type { DataSource } from 'typeorm';
import { typeOf } from '../testing/context-fixtures.ts';
import { CatalogueRefresh } from './catalogue-refresh.ts';
import { Catalogue } from './catalogue.ts';
import type { StoredType } from './stored-type.ts';
import type { StoredTypes } from './stored-types.ts';

const type = typeOf({ name: 'score.new' });
const row: StoredType = { name: type.name, type, version: 1, origin: 'api', revision: '1', unknown: [] };

test('whoever looks after a commit knows it, though another look began before', async () => {
  const catalogue = new Catalogue([], new Tenants([{ id: 'acme', name: 'Acme' }]));
  let committed = '1';
  const answers: (() => void)[] = [];
  const stored = {
    // What was committed when the statement began, answered when the spec lets it.
    version: () => {
      const seen = committed;
      return new Promise<string>((resolve) => answers.push(() => resolve(seen)));
    },
    all: () => Promise.resolve({ types: committed === '1' ? [] : [row], categories: [] }),
  } as unknown as StoredTypes;
  const dataSource = { isInitialized: true } as DataSource;
  const refresh = new CatalogueRefresh(dataSource, stored, catalogue, new Lifecycle());
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const first = refresh.look();
  await turn();
  answers.shift()!();
  await first;

  const before = refresh.look();
  await turn();
  committed = '2';
  const after = Promise.all([refresh.look(), refresh.look()]);
  answers.shift()!();
  await before;
  expect(catalogue.type('score.new')).toBeUndefined();
  await turn();
  // Both callers share one read.
  expect(answers).toHaveLength(1);
  answers.shift()!();
  await after;
  expect(catalogue.type('score.new')).toBe(type);
});
