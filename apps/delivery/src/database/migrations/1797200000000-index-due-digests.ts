// Finds the items of digests that are due, lane by lane, without those that have a digest already.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IndexDueDigests1797200000000 implements MigrationInterface {
  readonly name = 'IndexDueDigests1797200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX delivery_digest_due ON delivery_live (lane, ready_at)
        WHERE state = 'waiting' AND digest_key IS NOT NULL AND digest_id IS NULL
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX delivery_digest_due`);
  }
}
