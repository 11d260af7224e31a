// The newest requests of tenants that allow it, for dry runs of workflows.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RecentEvents1797950000000 implements MigrationInterface {
  readonly name = 'RecentEvents1797950000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE recent_event (
        notification_id uuid PRIMARY KEY,
        tenant_id       text NOT NULL,
        type            text NOT NULL,
        source          text NOT NULL,
        id              text NOT NULL,
        request         json NOT NULL,
        at              timestamptz(3) NOT NULL
      );
      CREATE INDEX recent_event_newest ON recent_event (tenant_id, type, at DESC, notification_id);
      CREATE INDEX recent_event_oldest ON recent_event (at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE recent_event');
  }
}
