// What the migrations make of this service's database. There is no earlier release with this database.
import { beforeAll, expect, test } from '@jest/globals';
import { SchemaCheck } from '@carillon/persistence/testing';
import { migrations } from './migrations/index.ts';

const check = new SchemaCheck({ service: 'slack-ingress', specUrl: import.meta.url, migrations });
let fresh: string;

beforeAll(async () => {
  fresh = await check.fresh();
});

test('no migration was edited since its hash was listed, and each is literal SQL', () => {
  expect(check.migrationFaults()).toEqual([]);
});

test('docs/schema/slack-ingress.sql is what the migrations make (else run with UPDATE_DOCS=1)', () => {
  expect(check.documented(fresh)).toBe(fresh);
});
