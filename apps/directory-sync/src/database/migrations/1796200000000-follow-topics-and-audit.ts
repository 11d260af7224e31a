// Until when each topic was followed, the append-only audit log, and an end to versions from the far future: a member
// whose version lies more than 24 hours ahead of its record would outrank all later states.
import { auditMigrationSql, replicaMigrationSql } from '@carillon/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class FollowTopicsAndAudit1796200000000 implements MigrationInterface {
  readonly name = 'FollowTopicsAndAudit1796200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(replicaMigrationSql);
    await runner.query(auditMigrationSql);
    await runner.query('UPDATE member SET version = recorded_at WHERE version > recorded_at + 86400000');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('an append-only table is not turned back'));
  }
}
