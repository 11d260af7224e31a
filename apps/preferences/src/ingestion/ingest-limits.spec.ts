// What checking costs of a tenant's rate.
import { expect, test } from '@jest/globals';
import { Tenants, type Identity } from '@carillon/runtime';
import type { Config } from '../config.ts';
import { IngestLimits } from './ingest-limits.ts';

const tenants = new Tenants([
  { id: 'acme', name: 'Acme' },
  { id: 'globex', name: 'Globex' },
]);
const callerOf = (tenantId: string): Identity => ({ memberId: 'olga', tenantId, roles: ['owner'] }) as never;

test('an item that takes long to check is paid for by its tenant alone', () => {
  const config = { INGEST_NOTIFICATIONS_PER_SECOND: 1, INGEST_BURST: 100 } as Config;
  const limits = new IngestLimits(config, tenants);
  const isLimited = (tenantId: string): boolean => limits.check([{}], callerOf(tenantId))[0] !== undefined;
  limits.charge({}, callerOf('acme'), 0.9);
  limits.charge({}, callerOf('acme'), 98.7);
  expect([isLimited('acme'), isLimited('acme'), isLimited('globex')]).toEqual([false, false, false]);
  limits.charge({}, callerOf('acme'), 5);
  expect([isLimited('acme'), isLimited('globex')]).toEqual([true, false]);
});
