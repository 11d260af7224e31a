// As which of a burst beyond the limit a delivery is told of, by the one message of its collapse slot. Null: it is sent
// as it is. A process of the previous release sends it as it is, too.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddRolledUp1797710000000 implements MigrationInterface {
  readonly name = 'AddRolledUp1797710000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery ADD COLUMN rolled_up integer');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery DROP COLUMN rolled_up');
  }
}
