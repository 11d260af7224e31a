// Which place in the window of a burst a delivery has: the version of the message that tells of it. Null: the number of
// those beyond the limit is the version, as in the previous release.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddRollUpPosition1797720000000 implements MigrationInterface {
  readonly name = 'AddRollUpPosition1797720000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery ADD COLUMN roll_up_position integer');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery DROP COLUMN roll_up_position');
  }
}
