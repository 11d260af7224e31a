// When a retraction was applied to all that the ledger held; null: something is left of it, and it is applied again.
// Retractions of before were applied. A process of the previous release leaves it null: then it is applied twice.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddRetractionAppliedAt1797300000000 implements MigrationInterface {
  readonly name = 'AddRetractionAppliedAt1797300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE retraction ADD COLUMN applied_at timestamptz;
      UPDATE retraction SET applied_at = retracted_at;
      CREATE INDEX retraction_pending ON retraction (retracted_at) WHERE applied_at IS NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE retraction DROP COLUMN applied_at`);
  }
}
