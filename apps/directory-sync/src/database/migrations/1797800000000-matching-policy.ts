// Who is a guest in Slack, what a tenant allows when members are linked, and who chose a link by hand and when. A
// choice of before has no name, and the time of its last change.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MatchingPolicy1797800000000 implements MigrationInterface {
  readonly name = 'MatchingPolicy1797800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE slack_user ADD COLUMN guest text CHECK (guest IN ('single_channel', 'multi_channel'));
      ALTER TABLE link
        ADD COLUMN chosen_by   text,
        ADD COLUMN chosen_at   timestamptz(3),
        ADD COLUMN chosen_how  text CHECK (chosen_how IN ('admin', 'self'));
      UPDATE link SET chosen_at = changed_at, chosen_how = 'admin' WHERE choice IS NOT NULL;
      COMMENT ON COLUMN link.choice IS 'what an admin or the member decided; no sync overrules it';
      CREATE TABLE directory_policy (
        tenant_id text PRIMARY KEY,
        guests    text NOT NULL CHECK (guests IN ('none', 'multi_channel', 'all')),
        self_link boolean NOT NULL
      );
      COMMENT ON TABLE directory_policy IS 'of tenants that changed it';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE directory_policy;
      COMMENT ON COLUMN link.choice IS 'what an admin decided; no sync overrules it';
      ALTER TABLE link DROP COLUMN chosen_by, DROP COLUMN chosen_at, DROP COLUMN chosen_how;
      ALTER TABLE slack_user DROP COLUMN guest;
    `);
  }
}
