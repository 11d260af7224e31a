// The workspaces that an organisation-wide installation covers, so that a change of them starts a sync, also while one
// runs that began before the change.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CoveredWorkspaces1796900000000 implements MigrationInterface {
  readonly name = 'CoveredWorkspaces1796900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE installation ADD COLUMN team_ids text[] NOT NULL DEFAULT '{}';
      COMMENT ON COLUMN installation.team_ids IS 'the workspaces that an organisation-wide installation covers';
      ALTER TABLE sync ADD COLUMN again boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN sync.again IS 'what it lists changed while it ran: another one follows';
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('a migration is not turned back: restore the database'));
  }
}
