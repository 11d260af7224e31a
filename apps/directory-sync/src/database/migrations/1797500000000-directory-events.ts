// What Slack's events need: since when a row holds, so that neither a late event nor a list that was read before undoes
// what is newer; the members and links that a changed user concerns; and the channels to ask Slack about.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class DirectoryEvents1797500000000 implements MigrationInterface {
  readonly name = 'DirectoryEvents1797500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE slack_user ADD COLUMN known_at bigint NOT NULL DEFAULT 0;
      COMMENT ON COLUMN slack_user.known_at IS 'when Slack said so, in ms since 1970';
      ALTER TABLE channel ADD COLUMN known_at bigint NOT NULL DEFAULT 0,
                          ADD COLUMN archived boolean NOT NULL DEFAULT false,
                          ADD COLUMN member boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN channel.member IS 'whether the app is in it';
      ALTER TABLE sync ADD COLUMN users_from bigint, ADD COLUMN channels_from bigint;
      COMMENT ON COLUMN sync.users_from IS 'when the list of users that is stored was begun, in ms since 1970';
      CREATE INDEX member_email ON member (tenant_id, email_key) WHERE NOT deleted;
      CREATE INDEX link_slack_user ON link (installation_id, slack_user_id) WHERE slack_user_id IS NOT NULL;
      CREATE TABLE channel_question (
        installation_id text NOT NULL,
        channel_id      text NOT NULL,
        tenant_id       text NOT NULL,
        attempt         integer NOT NULL DEFAULT 0,
        not_before      timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (installation_id, channel_id)
      );
      CREATE INDEX channel_question_due ON channel_question (not_before);
      COMMENT ON TABLE channel_question IS 'channels of which an event said too little';
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('a migration is not turned back: restore the database'));
  }
}
