// Which tenants have requests in the bulk topic, by partition of the requested topic, and up to which of its offsets.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateBulkBacklog1796500100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE bulk_backlog (
        tenant_id text COLLATE "C", partition integer, through bigint NOT NULL,
        PRIMARY KEY (tenant_id, partition)
      ) WITH (fillfactor = 50);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE bulk_backlog');
  }
}
