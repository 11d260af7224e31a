// Whether a record of installation.changed may be believed. Pure.
// Guarantees: the key is the installation's id; the tenant is declared, and is the one that the installation had before, since
// an installation never changes its tenant; a version that lies far in the future is refused. Does not guarantee that the
// installation service wrote the record: only the topic's ACLs keep other producers out.
import { versionProblem, type InstallationState } from '@carillon/domain';

export interface InstallationRecordToCheck {
  key: string | null;
  data: InstallationState | null;
  /** From a tombstone's header. */
  version?: number | undefined;
  timestamp: number;
}

export interface RecordProblem {
  code: 'key_mismatch' | 'unknown_tenant' | 'tenant_changed' | 'version_in_future';
  detail: string;
}

export function installationRecordProblem(
  { key, data, version, timestamp }: InstallationRecordToCheck,
  tenants: { has(tenantId: string): boolean },
  knownTenantId?: string,
): RecordProblem | undefined {
  if (key === null || key === '' || (data !== null && data.installationId !== key)) {
    return { code: 'key_mismatch', detail: "the key of an installation's record is its id" };
  }
  if (data !== null && !tenants.has(data.tenantId)) return { code: 'unknown_tenant', detail: `no tenant ${data.tenantId} is declared` };
  if (data !== null && knownTenantId !== undefined && knownTenantId !== data.tenantId) {
    return { code: 'tenant_changed', detail: `the installation ${key} belongs to another tenant than ${data.tenantId}` };
  }
  const given = data === null ? version : data.version;
  const problem = given === undefined ? undefined : versionProblem(given, timestamp);
  return problem === undefined ? undefined : { code: 'version_in_future', detail: problem };
}
