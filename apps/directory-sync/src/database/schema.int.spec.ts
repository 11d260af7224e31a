// What the migrations make of this service's database.
import { beforeAll, expect, test } from '@jest/globals';
import { SchemaCheck } from '@carillon/persistence/testing';
import { migrations } from './migrations/index.ts';

const check = new SchemaCheck({ service: 'directory-sync', specUrl: import.meta.url, migrations });
let fresh: string;

beforeAll(async () => {
  fresh = await check.fresh();
});

test('no migration was edited since its hash was listed, and each is literal SQL', () => {
  expect(check.migrationFaults()).toEqual([]);
});

test('docs/schema/directory-sync.sql is what the migrations make (else run with UPDATE_DOCS=1)', () => {
  expect(check.documented(fresh)).toBe(fresh);
});

test.each(check.releases)('a database of release %s becomes the same as a new one', async (release) => {
  expect(await check.upgraded(release)).toBe(fresh);
});

test('the tables that @carillon/persistence works with have the shape that it needs', async () => {
  expect(await check.missingOfLibrary(fresh)).toEqual([]);
});
