// Who paused a lane, replayed or cancelled deliveries, or was refused.
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { auditMigrationSql } from '@carillon/persistence';

export class Audit1796310000000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(auditMigrationSql);
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query('DROP TABLE audit_entry');
  }
}
