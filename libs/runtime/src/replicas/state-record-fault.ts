// Checks whether a record of a `*.changed` topic may change a replica; the rule is the same for every replica. Pure.
// Guarantees: the key is the key of the value, so that a record of one member or installation never changes the row of
// another; the tenant is declared, and is the one that the key belonged to before; the version is plausible by the
// record alone (`versionProblem`), so that a record that is read again gets the same result. It does not check which
// service wrote the record: without ACLs on the broker, every producer of these topics is trusted within these bounds.
import { versionProblem, type DataOf, type Topic } from '@carillon/domain';
import type { Received } from '@carillon/messaging';

/** For `batch.reject(record, ...fault)`. */
export type StateFault = readonly [
  code: 'unreadable' | 'wrong_key' | 'unknown_tenant' | 'foreign_installation' | 'version_out_of_bounds',
  detail: string,
];

/** The checked fields of a record. */
export type StateRecord<T extends Topic> = Pick<Received<T>, 'id' | 'key' | 'data' | 'timestamp'> & {
  readonly version?: number | undefined;
};

export interface StateRules {
  tenants: { has(tenantId: string): boolean };
  /** Whether keys are `tenantId:id`, so that the tenant of a tombstone is known. */
  keysNameTenants: boolean;
  /** Whether products write the topic, whose tombstones may lack a version. */
  versionsOptional?: boolean;
}

interface State {
  tenantId: string;
  version?: number | undefined;
}

/** @param knownTenantId the tenant of the key's earlier records, where a key never changes its tenant */
export function stateRecordFault<T extends Topic>(
  topic: T,
  record: StateRecord<T>,
  rules: StateRules,
  knownTenantId?: string,
): StateFault | undefined {
  const { key, timestamp } = record;
  const data = record.data as (DataOf<T> & State) | null;
  if (key === null || key === '') return ['unreadable', 'a state record needs a key'];
  const version = data === null ? record.version : data.version;
  if (version === undefined && !rules.versionsOptional) return ['unreadable', 'a tombstone needs a version header'];
  const problem = version === undefined ? undefined : versionProblem(version, timestamp);
  if (problem !== undefined) return ['version_out_of_bounds', problem];
  const expected = data === null ? key : topic.key.of(data, record.id);
  if (expected !== key)
    return ['wrong_key', `the key is ${JSON.stringify(key)}; the value belongs under ${JSON.stringify(expected)}`];
  const tenantId = data?.tenantId ?? (rules.keysNameTenants ? tenantOfKey(key) : undefined);
  if (tenantId === undefined)
    return rules.keysNameTenants
      ? ['wrong_key', `the key ${JSON.stringify(key)} names no tenant: it has the form tenantId:id`]
      : undefined;
  if (!rules.tenants.has(tenantId)) return ['unknown_tenant', `no tenant ${tenantId} is declared`];
  if (knownTenantId !== undefined && knownTenantId !== tenantId)
    return ['foreign_installation', `the installation ${key} belongs to another tenant`];
  return undefined;
}

/** A tenant's id has no colon, so the first one ends it. */
export function tenantOfKey(key: string): string | undefined {
  const end = key.indexOf(':');
  return end > 0 && end < key.length - 1 ? key.slice(0, end) : undefined;
}
