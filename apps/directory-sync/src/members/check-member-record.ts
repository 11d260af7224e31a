// Checks a record of member.changed before it changes the replica. Pure. Guarantees: those of `stateRecordFault`; the
// source is on the tenant's list, for a tombstone too. It does not prove the source, which the producer states itself:
// only the ACLs of the topic keep other producers out.
import { memberChanged } from '@carillon/domain';
import { stateRecordFault, tenantOfKey, type StateFault, type StateRecord } from '@carillon/runtime';

/** The source of members that were written by REST; the route has checked their tenant. */
export const restSource = '/carillon/directory-sync';

/** `source` is empty where a tombstone has no header ce_source. */
export type MemberRecordToCheck = StateRecord<typeof memberChanged> & { readonly source: string };

export interface DeclaredTenants {
  has(tenantId: string): boolean;
  allowsSource(tenantId: string, source: string): boolean;
}

export type MemberFault = readonly [code: StateFault[0] | 'source_not_allowed', detail: string];

export function memberRecordFault(record: MemberRecordToCheck, tenants: DeclaredTenants): MemberFault | undefined {
  const fault = stateRecordFault(memberChanged, record, { tenants, keysNameTenants: true, versionsOptional: true });
  if (fault) return fault;
  const { source } = record;
  const tenantId = tenantOfKey(record.key ?? '') ?? '';
  if (source === restSource || tenants.allowsSource(tenantId, source)) return undefined;
  return [
    'source_not_allowed',
    `${source === '' ? 'a tombstone without ce_source' : source} may not write members of tenant ${tenantId}`,
  ];
}
