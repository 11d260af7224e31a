// Who connected an installation: only they are offered private channels, those that they are in.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class WhoConnected1797650000000 implements MigrationInterface {
  readonly name = 'WhoConnected1797650000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE installation ADD COLUMN connected_by text, ADD COLUMN connected_by_slack_user text',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE installation DROP COLUMN connected_by, DROP COLUMN connected_by_slack_user');
  }
}
