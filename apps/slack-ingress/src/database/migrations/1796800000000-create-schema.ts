// The schema of the first release: the ids of received events, so that an event which Slack sends again is published
// once. It holds nothing else of what Slack sent.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSchema1796800000000 implements MigrationInterface {
  readonly name = 'CreateSchema1796800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE received_event (
        id         text COLLATE "C" PRIMARY KEY,
        claimed_at timestamptz(3) NOT NULL,
        published  boolean NOT NULL
      ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
      COMMENT ON COLUMN received_event.published IS 'Kafka has acknowledged the event';
      -- Rows arrive in the order of their time, so a small index finds the old ones.
      CREATE INDEX received_event_age ON received_event USING brin (claimed_at) WITH (pages_per_range = 8);
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('the first schema is not turned back: drop the database'));
  }
}
