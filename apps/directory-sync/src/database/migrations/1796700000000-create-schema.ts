// The schema of the first release: the directory's tables, the outbox and the audit log. Replicas keep a row with the
// version of what was deleted, its personal data gone, so that an older record that is read again cannot bring the
// data back.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSchema1796700000000 implements MigrationInterface {
  readonly name = 'CreateSchema1796700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE installation (
        installation_id       text PRIMARY KEY,
        tenant_id             text NOT NULL,
        name                  text NOT NULL,
        state                 text NOT NULL,
        team_id               text,
        enterprise_id         text,
        is_enterprise_install boolean NOT NULL,
        scopes                text[] NOT NULL,
        version               bigint NOT NULL,
        deleted               boolean NOT NULL DEFAULT false,
        to_be_erased          boolean NOT NULL DEFAULT false,
        listed_at             timestamptz
      );
      CREATE INDEX installation_tenant ON installation (tenant_id);
      COMMENT ON COLUMN installation.to_be_erased IS 'deleted, or moved to another workspace: what we know of its people goes first';
      COMMENT ON COLUMN installation.listed_at IS 'when all its users were last known; null: nobody is linked or unmatched yet';

      CREATE TABLE member (
        tenant_id   text NOT NULL,
        member_id   text NOT NULL,
        email       text NOT NULL,
        email_key   text NOT NULL,
        name        text NOT NULL,
        locale      text,
        time_zone   text,
        active      boolean NOT NULL,
        version     bigint NOT NULL,
        recorded_at bigint NOT NULL,
        deleted     boolean NOT NULL DEFAULT false,
        PRIMARY KEY (tenant_id, member_id)
      );
      CREATE INDEX member_record_key ON member ((tenant_id || ':' || member_id));
      COMMENT ON COLUMN member.email_key IS 'normalised: what is compared';

      CREATE TABLE slack_user (
        installation_id text NOT NULL,
        slack_user_id   text NOT NULL,
        team_id         text NOT NULL,
        name            text NOT NULL,
        email           text,
        email_key       text,
        time_zone       text,
        active          boolean NOT NULL,
        PRIMARY KEY (installation_id, slack_user_id)
      );
      CREATE INDEX slack_user_email ON slack_user (email_key, installation_id) WHERE email_key IS NOT NULL;

      CREATE TABLE link (
        tenant_id       text NOT NULL,
        member_id       text NOT NULL,
        installation_id text NOT NULL,
        status          text NOT NULL,
        team_id         text,
        slack_user_id   text,
        choice          text CHECK (choice IN ('manual', 'removed')),
        changed_at      timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, member_id, installation_id)
      );
      CREATE INDEX link_installation ON link (installation_id, tenant_id, member_id);
      COMMENT ON COLUMN link.choice IS 'what an admin decided; no sync overrules it';

      CREATE TABLE recipient (
        tenant_id text NOT NULL,
        member_id text NOT NULL,
        version   bigint NOT NULL,
        digest    text,
        PRIMARY KEY (tenant_id, member_id)
      );
      COMMENT ON COLUMN recipient.digest IS 'of the state last published; null: a tombstone';

      CREATE TABLE channel (
        installation_id text NOT NULL,
        channel_id      text NOT NULL,
        team_id         text NOT NULL,
        name            text NOT NULL,
        private         boolean NOT NULL,
        PRIMARY KEY (installation_id, channel_id)
      );
      CREATE INDEX channel_name ON channel (installation_id, name);

      CREATE TABLE sync (
        id              uuid PRIMARY KEY,
        tenant_id       text NOT NULL,
        installation_id text NOT NULL,
        state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
        reason          text NOT NULL,
        attempt         integer NOT NULL DEFAULT 0,
        not_before      timestamptz NOT NULL DEFAULT now(),
        lease_until     timestamptz,
        pages           integer NOT NULL DEFAULT 0,
        users_seen      integer NOT NULL DEFAULT 0,
        channels_seen   integer NOT NULL DEFAULT 0,
        links_changed   integer NOT NULL DEFAULT 0,
        error           text,
        created_at      timestamptz NOT NULL DEFAULT now(),
        started_at      timestamptz,
        finished_at     timestamptz
      );
      CREATE UNIQUE INDEX sync_unfinished ON sync (installation_id) WHERE state IN ('waiting', 'running');
      CREATE INDEX sync_installation ON sync (installation_id, created_at);
      COMMENT ON COLUMN sync.attempt IS 'who holds an older attempt no longer owns the sync';
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

      -- Until when this database followed each topic that it keeps a replica of.
      CREATE TABLE followed_topic (
        topic          text PRIMARY KEY,
        followed_until timestamptz NOT NULL
      );

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
