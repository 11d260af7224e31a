// Connections that wait for the confirmation of the person who began them; calls to Slack that are repeated until Slack
// has answered; the workspaces that an organisation-wide installation covers; names that are unique in a tenant.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ConfirmedConnections1796900000000 implements MigrationInterface {
  readonly name = 'ConfirmedConnections1796900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE installation DROP CONSTRAINT installation_state_check;
      ALTER TABLE installation ADD CONSTRAINT installation_state_check
        CHECK (state IN ('pending', 'active', 'lost', 'disconnected'));
      ALTER TABLE installation ADD COLUMN team_ids text[];
      COMMENT ON COLUMN installation.team_ids IS
        'the workspaces that an organisation-wide installation covers; null: not listed yet, or of one workspace';
      CREATE INDEX installation_workspace ON installation (workspace_id);

      -- Names were not unique before: the later ones of a tenant get their id. Their version stays, and the
      -- next change publishes the name.
      UPDATE installation i SET name = left(i.name, 60) || ' ' || i.id
        FROM (SELECT id, row_number() OVER (PARTITION BY tenant_id, lower(name) ORDER BY installed_at, id) AS place
                FROM installation) n
       WHERE n.id = i.id AND n.place > 1;
      CREATE UNIQUE INDEX installation_tenant_name ON installation (tenant_id, lower(name));

      ALTER TABLE connection_attempt ADD COLUMN granted jsonb;
      COMMENT ON COLUMN connection_attempt.granted IS 'what Slack granted, without tokens';
      ALTER TABLE connection_attempt ADD COLUMN granted_to uuid;
      COMMENT ON COLUMN connection_attempt.granted_to IS 'the installation that a confirmation creates or renews';
      ALTER TABLE connection_attempt ADD COLUMN kid text;
      ALTER TABLE connection_attempt ADD COLUMN access_token text;
      ALTER TABLE connection_attempt ADD COLUMN refresh_token text;
      ALTER TABLE connection_attempt ADD COLUMN token_expires_at timestamptz(3);
      ALTER TABLE connection_attempt ADD COLUMN confirm_by timestamptz(3);
      ALTER TABLE connection_attempt ADD COLUMN confirmed_at timestamptz(3);
      ALTER TABLE connection_attempt ADD COLUMN refused text;
      CREATE INDEX connection_attempt_unconfirmed ON connection_attempt (confirm_by) WHERE access_token IS NOT NULL;
      CREATE INDEX connection_attempt_granted_to ON connection_attempt (granted_to);
      CREATE INDEX connection_attempt_browser ON connection_attempt (browser_digest) WHERE used_at IS NULL;

      ALTER TABLE sealed_token ADD COLUMN generation integer NOT NULL DEFAULT 0;
      COMMENT ON COLUMN sealed_token.generation IS 'grows with each pair of tokens, not with each sealing of a pair';

      CREATE TABLE slack_task (
        id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind             text NOT NULL CHECK (kind IN ('revoke', 'verify', 'describe')),
        subject          uuid NOT NULL,
        tenant_id        text NOT NULL,
        workspace_id     text NOT NULL,
        detail           jsonb NOT NULL,
        kid              text,
        access_token     text,
        refresh_token    text,
        token_expires_at timestamptz(3),
        attempts         integer NOT NULL DEFAULT 0,
        due_at           timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        created_at       timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        last_error       text
      );
      COMMENT ON TABLE slack_task IS 'calls to Slack that are repeated until Slack has answered';
      COMMENT ON COLUMN slack_task.subject IS 'the installation, or the connection, whose tokens are sealed for this id';
      CREATE INDEX slack_task_due ON slack_task (tenant_id, due_at);
      CREATE INDEX slack_task_subject ON slack_task (subject);
      -- The same question about an installation is asked once.
      CREATE UNIQUE INDEX slack_task_once ON slack_task (subject, kind) WHERE kind <> 'revoke';
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('a migration is not turned back: restore the database'));
  }
}
