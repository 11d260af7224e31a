// The schema of the first release: installations, their sealed tokens apart from them (deleting an installation
// deletes its token), attempts to connect, each tenant's policy, the outbox and the audit log. Guarantees: the
// database refuses a workspace that would be connected twice.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSchema1796700000000 implements MigrationInterface {
  readonly name = 'CreateSchema1796700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE installation (
        id                      uuid PRIMARY KEY,
        tenant_id               text NOT NULL,
        name                    text NOT NULL,
        profile                 text NOT NULL,
        state                   text NOT NULL CHECK (state IN ('active', 'lost', 'disconnected')),
        state_reason            text,
        workspace_id            text NOT NULL,
        team_id                 text,
        enterprise_id           text,
        is_enterprise_install   boolean NOT NULL,
        app_id                  text NOT NULL,
        bot_user_id             text NOT NULL,
        bot_id                  text,
        scopes                  text[] NOT NULL,
        team_name               text,
        team_domain             text,
        icon_url                text,
        connected_by            text NOT NULL,
        connected_by_slack_user text,
        installed_at            timestamptz(3) NOT NULL,
        authorized_at           timestamptz(3) NOT NULL,
        version                 bigint NOT NULL
      );
      -- A tenant has a workspace once, and a workspace serves one tenant at a time (one app has one token per workspace).
      CREATE UNIQUE INDEX installation_tenant_workspace ON installation (tenant_id, workspace_id);
      CREATE UNIQUE INDEX installation_active_workspace ON installation (workspace_id) WHERE state = 'active';
      CREATE INDEX installation_tenant_order ON installation (tenant_id, installed_at, id);

      CREATE TABLE sealed_token (
        installation_id  uuid PRIMARY KEY REFERENCES installation (id) ON DELETE CASCADE,
        kid              text NOT NULL,
        access_token     text NOT NULL,
        refresh_token    text,
        expires_at       timestamptz(3),
        refreshing_until timestamptz(3)
      );

      CREATE TABLE connection_attempt (
        id              uuid PRIMARY KEY,
        tenant_id       text NOT NULL,
        member_id       text NOT NULL,
        name            text,
        profile         text NOT NULL,
        installation_id uuid,
        return_to       text NOT NULL,
        browser_digest  text,
        expires_at      timestamptz(3) NOT NULL,
        used_at         timestamptz(3)
      );
      CREATE INDEX connection_attempt_expiry ON connection_attempt (expires_at);

      CREATE TABLE policy (
        tenant_id               text PRIMARY KEY,
        max_installations       integer CHECK (max_installations > 0),
        require_workspace_admin boolean NOT NULL
      );

      -- Records that wait for Kafka, written in the transaction of the rows that they report.
      CREATE TABLE outbox (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        topic      text NOT NULL,
        key        bytea,
        value      bytea,
        headers    jsonb NOT NULL,
        partition  integer,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        refused    text
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
      COMMENT ON COLUMN outbox.refused IS 'why the broker will never take this record; it waits for an operator';

      -- Who changed or was refused what. Each index ends in the order of the list, so that a page costs the same whatever
      -- the filter.
      CREATE TABLE audit_entry (
        seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id          uuid NOT NULL,
        tenant_id   text COLLATE "C",
        at          timestamptz(3) NOT NULL,
        service     text NOT NULL,
        actor_kind  text NOT NULL,
        actor_id    text COLLATE "C" NOT NULL,
        actor_roles text[] NOT NULL,
        action      text COLLATE "C" NOT NULL,
        outcome     text NOT NULL,
        subject     text COLLATE "C" NOT NULL,
        detail      jsonb
      );
      COMMENT ON TABLE audit_entry IS 'append-only: other roles than the owner add and read';
      COMMENT ON COLUMN audit_entry.tenant_id IS 'null: the act concerns the platform';
      CREATE INDEX audit_entry_platform ON audit_entry (at, seq);
      CREATE INDEX audit_entry_newest ON audit_entry (tenant_id, at, seq);
      CREATE INDEX audit_entry_by_actor ON audit_entry (tenant_id, actor_id, at, seq);
      CREATE INDEX audit_entry_by_subject ON audit_entry (tenant_id, subject, at, seq);
      CREATE INDEX audit_entry_by_action ON audit_entry (tenant_id, action, at, seq);
      CREATE INDEX audit_entry_refused ON audit_entry (tenant_id, at, seq) WHERE outcome = 'refused';
      -- Default privileges give each new table to the service's role: here it may add and read, nothing else.
      DO $$
      DECLARE grantee text;
      BEGIN
        FOR grantee IN SELECT DISTINCT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END
                         FROM pg_class c, aclexplode(c.relacl) AS acl
                        WHERE c.oid = 'audit_entry'::regclass AND acl.grantee <> c.relowner LOOP
          EXECUTE format('REVOKE ALL ON audit_entry FROM %s', grantee);
          IF grantee <> 'PUBLIC' THEN EXECUTE format('GRANT SELECT, INSERT ON audit_entry TO %s', grantee); END IF;
        END LOOP;
      END $$;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('the first schema is not turned back: drop the database'));
  }
}
