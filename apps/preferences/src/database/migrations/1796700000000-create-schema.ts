// The schema of the first release: replicas of the state topics, what organisations and members chose, the quota's
// backlog, the outbox and the audit log. A replica keeps a row with the version of what was deleted (emptied,
// `deleted`), so that an older record that is read again changes nothing.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSchema1796700000000 implements MigrationInterface {
  readonly name = 'CreateSchema1796700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE recipient (
        key       text PRIMARY KEY,
        tenant_id text,
        member_id text,
        email     text,
        email_key text,
        name      text,
        active    boolean,
        locale    text,
        time_zone text,
        links     jsonb,
        version   bigint NOT NULL,
        deleted   boolean NOT NULL
      ) WITH (fillfactor = 80);
      CREATE INDEX recipient_by_email ON recipient (tenant_id, email_key) WHERE NOT deleted;

      CREATE TABLE installation (
        key             text PRIMARY KEY,
        tenant_id       text,
        installation_id text,
        name            text,
        state           text,
        team_id         text,
        enterprise_id   text,
        installed_at    timestamptz,
        version         bigint NOT NULL,
        deleted         boolean NOT NULL,
        -- What Slack granted; null where nobody knows: then nothing is refused for it.
        scopes          text[]
      );
      CREATE INDEX installation_by_tenant ON installation (tenant_id) WHERE NOT deleted;

      CREATE TABLE knowledge_version (
        tenant_id text PRIMARY KEY,
        version   bigint NOT NULL
      ) WITH (fillfactor = 50);

      CREATE TABLE organisation_defaults (
        tenant_id  text PRIMARY KEY,
        types      jsonb NOT NULL,
        categories jsonb NOT NULL,
        updated_by text NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE member_preferences (
        tenant_id  text,
        member_id  text,
        slack_off  boolean NOT NULL,
        types      jsonb NOT NULL,
        categories jsonb NOT NULL,
        updated_by text NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, member_id)
      );

      -- Who unsubscribed from the e-mails of which type, by a link in an e-mail.
      CREATE TABLE unsubscription (
        tenant_id text,
        recipient text,
        type      text,
        at        timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, recipient, type)
      );

      -- The digest of the first request of each notification: one id has one content. A key that is unique over days
      -- cannot be held by one partition per day.
      CREATE TABLE request_digest (
        notification_id uuid PRIMARY KEY,
        digest          text COLLATE "C" NOT NULL,
        seen_on         date NOT NULL DEFAULT current_date
      );

      -- Which tenants have requests in the bulk topic, by partition of the requested topic, and up to which of its offsets.
      CREATE TABLE bulk_backlog (
        tenant_id text COLLATE "C",
        partition integer,
        through   bigint NOT NULL,
        PRIMARY KEY (tenant_id, partition)
      ) WITH (fillfactor = 50);

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

      -- Until when this database followed each topic that it keeps a replica of.
      CREATE TABLE followed_topic (
        topic          text PRIMARY KEY,
        followed_until timestamptz NOT NULL
      );
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('the first schema is not turned back: drop the database'));
  }
}
