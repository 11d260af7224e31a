// Who may publish what.
import { expect, test } from '@jest/globals';
import { Tenants } from '@carillon/runtime';
import { typeOf } from '../testing/context-fixtures.ts';
import { Catalogue } from './catalogue.ts';

const catalogue = new Catalogue(
  [typeOf()],
  new Tenants([
    { id: 'acme', name: 'Acme', sources: ['/acme/reports', '/acme/jobs/*'] },
    { id: 'open', name: 'Open' },
  ]),
);

test('a tenant with a list of sources is published for by those only', () => {
  expect(catalogue.admit('acme', '/acme/reports', 'report.ready')).toHaveProperty('type.name', 'report.ready');
  expect(catalogue.admit('acme', '/acme/jobs/nightly', 'report.ready')).toHaveProperty('type');
  expect(catalogue.admit('acme', '/acme/reports/2', 'report.ready')).toHaveProperty(
    'refusal.code',
    'source_not_allowed',
  );
  expect(catalogue.admit('acme', '/acme/jobs/../../globex', 'report.ready')).toHaveProperty(
    'refusal.code',
    'source_not_allowed',
  );
  expect(catalogue.admit('open', 'anything', 'report.ready')).toHaveProperty('type');
});

test('where nobody asks for a source, the list of sources is not looked at', () => {
  expect(catalogue.admit('acme', undefined, 'report.ready')).toHaveProperty('type.name', 'report.ready');
});

test('an unknown tenant or type is refused, the tenant first', () => {
  expect(catalogue.admit('none', '/x', 'none')).toMatchObject({
    refusal: { code: 'unknown_tenant', field: 'tenantId' },
  });
  expect(catalogue.admit('open', '/x', 'none')).toMatchObject({ refusal: { code: 'unknown_type', field: 'type' } });
});

test("Carillon's own source publishes Carillon's own types and no others, for every tenant", () => {
  expect(catalogue.admit('acme', '/carillon/platform', 'installation.lost')).toHaveProperty('type.mutable', false);
  expect(catalogue.admit('acme', '/acme/reports', 'installation.lost')).toHaveProperty(
    'refusal.code',
    'source_not_allowed',
  );
  expect(catalogue.admit('acme', '/carillon/platform', 'report.ready')).toHaveProperty(
    'refusal.code',
    'source_not_allowed',
  );
});
