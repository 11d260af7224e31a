// Indexes for what every batch of events, every claim and every clean-up reads.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LookupIndexes1797900000000 implements MigrationInterface {
  readonly name = 'LookupIndexes1797900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX installation_of_team ON installation (team_id) WHERE NOT deleted;
      CREATE INDEX installation_of_enterprise ON installation (enterprise_id) WHERE NOT deleted;
      CREATE INDEX sync_finished ON sync (finished_at) WHERE finished_at IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX installation_of_team, installation_of_enterprise, sync_finished');
  }
}
