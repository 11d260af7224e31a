// The replica of the destinations that tenants saved.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SavedDestinations1797550000000 implements MigrationInterface {
  readonly name = 'SavedDestinations1797550000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE destination (
        key            text PRIMARY KEY,
        tenant_id      text,
        destination_id text,
        name           text,
        audience       jsonb,
        version        bigint NOT NULL,
        deleted        boolean NOT NULL
      );
      CREATE INDEX destination_by_tenant ON destination (tenant_id) WHERE NOT deleted;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE destination');
  }
}
