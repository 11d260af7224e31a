// What the last changes of each tenant's context were about, so that a process reads again only what changed. A release
// without it increments context_version alone; the next one takes an increment without a row here as a change of all.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ContextChanges1797000000000 implements MigrationInterface {
  readonly name = 'ContextChanges1797000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE context_change (
        tenant_id  text,
        version    bigint,
        recipients text[] NOT NULL,
        PRIMARY KEY (tenant_id, version)
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
      COMMENT ON COLUMN context_change.version IS 'what context_version became by this change';
      COMMENT ON COLUMN context_change.recipients IS
        'whom the change is about; none: the installations or the organisation''s defaults';
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('the service records changes: go forward with another migration'));
  }
}
