// Who changed or was refused what, append-only, and the outbox through which entries leave for the audit topic.
import { auditMigrationSql, outboxMigrationSql } from '@carillon/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAudit1796500200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(outboxMigrationSql);
    await runner.query(auditMigrationSql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_entry, outbox');
  }
}
