// Reads the audit log of one service, newest first. Guarantees: only entries of the tenant that is asked for; a page
// costs what it shows, whatever the filter.
import type { AuditActor, AuditEntry } from '@carillon/domain';
import type { Pool } from 'pg';

export interface AuditFilter {
  /** Absent: of every tenant and of the platform. */
  tenantId?: string | undefined;
  action?: string | undefined;
  actor?: Pick<AuditActor, 'kind' | 'id'> | undefined;
  subject?: string | undefined;
  outcome?: AuditEntry['outcome'] | undefined;
  /** From this instant on. */
  since?: Date | undefined;
  /** Before this instant. */
  until?: Date | undefined;
}

/** Where the next page goes on: `at` and `seq` of the last entry shown. */
export type AuditPosition = [at: string, seq: string];

export interface ListedAuditEntry {
  entry: AuditEntry;
  position: AuditPosition;
}

interface Row {
  seq: string;
  id: string;
  tenant_id: string | null;
  at: Date;
  service: string;
  actor_kind: AuditActor['kind'];
  actor_id: string;
  actor_roles: string[];
  action: string;
  outcome: AuditEntry['outcome'];
  subject: string;
  detail: Record<string, unknown> | null;
}

export async function listAudit(
  pool: Pick<Pool, 'query'>,
  filter: AuditFilter,
  limit: number,
  after?: AuditPosition,
): Promise<ListedAuditEntry[]> {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const where = (condition: (parameter: string) => string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  where((p) => `tenant_id = ${p}`, filter.tenantId);
  where((p) => `action = ${p}`, filter.action);
  where((p) => `actor_id = ${p}`, filter.actor?.id);
  where((p) => `actor_kind = ${p}`, filter.actor?.kind);
  where((p) => `subject = ${p}`, filter.subject);
  // In the text, so that the partial index is used.
  if (filter.outcome !== undefined)
    conditions.push(filter.outcome === 'refused' ? "outcome = 'refused'" : "outcome = 'done'");
  where((p) => `at >= ${p}`, filter.since);
  where((p) => `at < ${p}`, filter.until);
  if (after) {
    values.push(...after);
    conditions.push(`(at, seq) < ($${values.length - 1}::timestamptz, $${values.length}::bigint)`);
  }
  values.push(limit);
  const { rows } = await pool.query<Row>(
    `SELECT seq, id, tenant_id, at, service, actor_kind, actor_id, actor_roles, action, outcome, subject, detail
       FROM audit_entry ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
      ORDER BY at DESC, seq DESC LIMIT $${values.length}`,
    values,
  );
  return rows.map((row) => ({ entry: entryOf(row), position: [row.at.toISOString(), row.seq] }));
}

function entryOf({
  id,
  tenant_id,
  at,
  service,
  actor_kind,
  actor_id,
  actor_roles,
  action,
  outcome,
  subject,
  detail,
}: Row): AuditEntry {
  return {
    id,
    ...(tenant_id !== null && { tenantId: tenant_id }),
    at: at.toISOString(),
    service,
    actor: { kind: actor_kind, id: actor_id, ...(actor_roles.length > 0 && { roles: actor_roles }) },
    action,
    outcome,
    subject,
    ...(detail !== null && { detail }),
  };
}
