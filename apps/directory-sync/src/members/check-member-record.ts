// Whether a record of member.changed may be believed. Pure. Guarantees: what `stateRecordFault` does; and the source is
// one of the tenant's, for a tombstone too. Does not guarantee that the source is true: it is what the producer says of
// itself, and only the topic's ACLs keep other producers out.
import { memberChanged } from '@carillon/domain';
import { stateRecordFault, tenantOfKey, type StateFault, type StateRecord } from '@carillon/runtime';

/** The source of members that were written by REST; the route has checked their tenant. */
export const restSource = '/carillon/directory-sync';

/** The source is empty where a tombstone names none. */
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
