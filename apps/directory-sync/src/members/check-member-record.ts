// Whether a record of member.changed may be believed. Pure.
// Guarantees: the key is that of the member; the tenant is declared; the source is one of the tenant's, for a tombstone too; a
// version that lies far in the future is refused, so that it cannot outrank all later ones. Does not guarantee that the
// source is true: it is what the producer says of itself, and only the topic's ACLs keep other producers out.
import { memberChanged, versionProblem, type MemberState } from '@carillon/domain';

/** The source of members that were written by REST; the route has checked their tenant. */
export const restSource = '/carillon/directory-sync';

export interface MemberRecordToCheck {
  id: string;
  key: string | null;
  /** Empty where a tombstone names none. */
  source: string;
  data: MemberState | null;
  /** From a tombstone's header. */
  version?: number | undefined;
  timestamp: number;
}

export interface DeclaredTenants {
  has(tenantId: string): boolean;
  allowsSource(tenantId: string, source: string): boolean;
}

export interface RecordProblem {
  code: 'key_mismatch' | 'unknown_tenant' | 'source_not_allowed' | 'version_in_future';
  detail: string;
}

export function memberRecordProblem(record: MemberRecordToCheck, tenants: DeclaredTenants): RecordProblem | undefined {
  const { data, key, source } = record;
  const expected = data === null ? key : memberChanged.key(data, record.id);
  // A tenant's id has no colon, so the first one ends it.
  const tenantId = data?.tenantId ?? key?.slice(0, Math.max(0, key.indexOf(':'))) ?? '';
  if (expected === null || expected !== key || tenantId === '' || key.length === tenantId.length + 1) {
    return { code: 'key_mismatch', detail: `the key of a member's record is tenantId:memberId, here ${data === null ? 'it names none' : expected}` };
  }
  if (!tenants.has(tenantId)) return { code: 'unknown_tenant', detail: `no tenant ${tenantId} is declared` };
  if (source !== restSource && !tenants.allowsSource(tenantId, source)) {
    const named = source === '' ? 'a tombstone without ce_source' : source;
    return { code: 'source_not_allowed', detail: `${named} may not write members of tenant ${tenantId}` };
  }
  const version = data === null ? record.version : data.version;
  const problem = version === undefined ? undefined : versionProblem(version, record.timestamp);
  return problem === undefined ? undefined : { code: 'version_in_future', detail: problem };
}
