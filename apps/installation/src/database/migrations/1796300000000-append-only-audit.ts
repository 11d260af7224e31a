// The service's own audit table, which its role could change and empty, becomes the shared append-only one. Guarantees:
// every old entry is carried over with its time, actor and subject; of what changed, the names of the fields and the
// states stay, not the names that people chose. Old entries are not published on carillon.audit.v1.
import { auditMigrationSql } from '@carillon/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AppendOnlyAudit1796300000000 implements MigrationInterface {
  readonly name = 'AppendOnlyAudit1796300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE audit_entry RENAME TO old_audit_entry;
      ALTER TABLE old_audit_entry RENAME CONSTRAINT audit_entry_pkey TO old_audit_entry_pkey;
      ALTER INDEX audit_entry_tenant RENAME TO old_audit_entry_tenant;
    `);
    await runner.query(auditMigrationSql);
    await runner.query(`
      INSERT INTO audit_entry (id, tenant_id, at, service, actor_kind, actor_id, actor_roles, action, outcome, subject, detail)
      SELECT gen_random_uuid(), tenant_id, at, 'installation',
             split_part(actor, ':', 1),
             CASE WHEN position(':' IN actor) > 0 THEN substr(actor, position(':' IN actor) + 1) ELSE actor END,
             '{}', action, 'done',
             coalesce('installation:' || installation_id, 'policy:' || tenant_id),
             CASE WHEN installation_id IS NULL THEN jsonb_build_object('before', before, 'after', after)
                  ELSE jsonb_strip_nulls(jsonb_build_object('from', before -> 'state', 'to', after -> 'state', 'reason', after -> 'stateReason',
                         'fields', (SELECT jsonb_agg(field.key ORDER BY field.key) FROM jsonb_each(before) AS field
                                     WHERE after IS NOT NULL AND after -> field.key IS DISTINCT FROM field.value)))
             END
        FROM old_audit_entry ORDER BY id;
      DROP TABLE old_audit_entry;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('an append-only table is not turned back'));
  }
}
