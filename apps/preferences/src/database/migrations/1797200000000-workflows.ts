// The rules of a tenant: on a type, when a condition holds, tell these.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Workflows1797200000000 implements MigrationInterface {
  readonly name = 'Workflows1797200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE workflow (
        id         uuid PRIMARY KEY,
        tenant_id  text COLLATE "C" NOT NULL,
        name       text NOT NULL,
        type       text COLLATE "C" NOT NULL,
        enabled    boolean NOT NULL,
        position   integer NOT NULL,
        definition jsonb NOT NULL,
        version    bigint NOT NULL DEFAULT 1,
        updated_by text NOT NULL,
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX workflow_name ON workflow (tenant_id, lower(name));
      CREATE INDEX workflow_in_order ON workflow (tenant_id, position, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE workflow');
  }
}
