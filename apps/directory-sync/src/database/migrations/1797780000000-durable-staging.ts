// What a sync has listed so far, so that another process goes on at Slack's cursor. The tables are unlogged: a crash of
// the database server empties all three together, and the sync lists from the start.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class DurableStaging1797780000000 implements MigrationInterface {
  readonly name = 'DurableStaging1797780000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE UNLOGGED TABLE sync_position (
        sync_id  uuid PRIMARY KEY,
        position jsonb
      );
      COMMENT ON TABLE sync_position IS 'where a sync goes on; its staged rows are erased before this row';
      CREATE UNLOGGED TABLE staged_slack_user (
        sync_id       uuid NOT NULL,
        slack_user_id text NOT NULL,
        team_id       text NOT NULL,
        name          text,
        email         text,
        email_key     text,
        time_zone     text,
        active        boolean,
        guest         text,
        known_at      bigint NOT NULL,
        gone          boolean NOT NULL DEFAULT false,
        PRIMARY KEY (sync_id, slack_user_id)
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
      COMMENT ON COLUMN staged_slack_user.gone IS 'an event said so at known_at: an older list does not bring it back';
      CREATE UNLOGGED TABLE staged_channel (
        sync_id    uuid NOT NULL,
        channel_id text NOT NULL,
        team_id    text NOT NULL,
        name       text,
        private    boolean,
        archived   boolean,
        member     boolean,
        known_at   bigint NOT NULL,
        gone       boolean NOT NULL DEFAULT false,
        PRIMARY KEY (sync_id, channel_id)
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sync_position, staged_slack_user, staged_channel');
  }
}
