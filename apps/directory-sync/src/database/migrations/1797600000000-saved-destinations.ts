// What tenants saved under a name to be told again and again.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SavedDestinations1797600000000 implements MigrationInterface {
  readonly name = 'SavedDestinations1797600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE destination (
        destination_id uuid PRIMARY KEY,
        tenant_id      text NOT NULL,
        name           text NOT NULL,
        audience       jsonb NOT NULL,
        version        bigint NOT NULL,
        updated_by     text NOT NULL,
        updated_at     timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX destination_name ON destination (tenant_id, lower(name));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE destination');
  }
}
