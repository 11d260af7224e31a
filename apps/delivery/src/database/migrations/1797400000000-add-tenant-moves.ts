// The cell to which the database belongs. Tenants that came from another cell or went to one: what a cell knows of
// each, the records that it holds until the tenant has arrived, and the deliveries that were taken out of the queues of
// the cell that gives it away.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddTenantMoves1797400000000 implements MigrationInterface {
  readonly name = 'AddTenantMoves1797400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cell (
        id text NOT NULL,
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
      );
      CREATE TABLE tenant_move (
        tenant_id text COLLATE "C" PRIMARY KEY,
        direction text NOT NULL CHECK (direction IN ('in', 'out')),
        cell text NOT NULL,
        began_at timestamptz NOT NULL DEFAULT now(),
        released_at timestamptz,
        ended_at timestamptz
      );
      CREATE TABLE held_record (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant_id text COLLATE "C" NOT NULL,
        topic text NOT NULL,
        record json NOT NULL
      );
      CREATE INDEX held_record_tenant ON held_record (tenant_id, id);
      CREATE TABLE departing_delivery (
        delivery_id uuid PRIMARY KEY,
        tenant_id text COLLATE "C" NOT NULL,
        queued json NOT NULL
      );
      CREATE INDEX departing_delivery_tenant ON departing_delivery (tenant_id, delivery_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE departing_delivery, held_record, tenant_move, cell`);
  }
}
