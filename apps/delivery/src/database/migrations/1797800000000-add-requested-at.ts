// When the request of a notification was written to Kafka, for the measurement of latency. Null: not known, as for what
// an earlier release resolved. A process of the previous release does not write it.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddRequestedAt1797800000000 implements MigrationInterface {
  readonly name = 'AddRequestedAt1797800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE notification ADD COLUMN requested_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE notification DROP COLUMN requested_at');
  }
}
