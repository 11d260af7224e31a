// Records each change of resolution inputs in its transaction: the tenant's version is incremented, and a row with that
// version names whom the change is about. The inputs are people, links, installations, defaults, preferences and
// unsubscriptions. Guarantees: an unchanged version means that cached context is valid, whichever process made the
// changes. The row of the version stays locked until commit, so a tenant's changes become visible in the order of their
// versions, and none appears below a version that was read. Of each tenant, the last 1,000 changes are kept.
//
// The row is to be the last that a transaction locks: all changes of a tenant wait for it.
import { defineStatement, runStatement } from '@carillon/persistence';
import type { AuditAct, AuditCaller, AuditLog } from '@carillon/runtime';
import type { EntityManager } from 'typeorm';

const changesKept = 1_000;

/**
 * The part of a statement, after WITH, that records the changes. `changed`: a query of `tenant_id` and `recipient`,
 * whom the change is about; null: the installations or the organisation's defaults.
 */
export const recordChanges = (changed: string): string => `
changed AS (
  SELECT tenant_id, array_remove(array_agg(recipient), NULL) AS recipients FROM (${changed}) AS of_all GROUP BY tenant_id),
counted AS (
  INSERT INTO context_version AS v (tenant_id, version)
  SELECT tenant_id, 1 FROM changed ORDER BY tenant_id
  ON CONFLICT (tenant_id) DO UPDATE SET version = v.version + 1
  RETURNING tenant_id, version),
outdated AS (
  DELETE FROM context_change c USING counted n
   WHERE c.tenant_id = n.tenant_id AND c.version <= n.version - ${changesKept})
INSERT INTO context_change (tenant_id, version, recipients)
SELECT n.tenant_id, n.version, changed.recipients FROM counted n JOIN changed ON changed.tenant_id = n.tenant_id
ON CONFLICT (tenant_id, version) DO UPDATE SET recipients = excluded.recipients`;

/** A statement of its own, for one change of one tenant. */
export const recordChange = defineStatement({
  parameters: { tenantId: 'text', recipient: 'text?' },
  text: (p) => `WITH ${recordChanges(`SELECT ${p.tenantId} AS tenant_id, ${p.recipient} AS recipient`)}`,
});

/**
 * Writes the audit entry and then the change, both in the transaction that makes it: the tenant's counter is locked
 * last, or two changes could wait for each other.
 */
export async function recordAudited(
  manager: EntityManager,
  audit: Pick<AuditLog, 'record'>,
  caller: AuditCaller,
  act: AuditAct & { tenantId: string },
  recipient: string | null,
): Promise<void> {
  await audit.record(manager, caller, act);
  await runStatement(manager, recordChange({ tenantId: act.tenantId, recipient }));
}
