// What Slack granted decides what an installation can do. Rows from before hold null until the installation changes:
// nobody knows then, and nothing is refused for it.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddScopesOfInstallations1795600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE installation ADD COLUMN scopes text[]');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE installation DROP COLUMN scopes');
  }
}
