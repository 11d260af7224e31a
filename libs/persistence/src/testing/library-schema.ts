// The tables that this library's code works with. A service's first migration holds the same statements as literal SQL;
// its schema spec compares the two (schema-check.ts). The library's own specs create their databases from here.

export const outboxSchema = `
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
`;

/**
 * Who changed or was refused what. A role other than the owner may add entries and read them, nothing else (no UPDATE,
 * DELETE or TRUNCATE), from the statement on that creates the table. What the owner may do is not limited here:
 * production gives the table to a role that the service does not have (docs/adr/0021). Each index ends in the order of
 * the list, so that a page costs the same whatever the filter.
 */
export const auditSchema = `
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
`;

export const followedTopicSchema = `
CREATE TABLE followed_topic (
  topic          text PRIMARY KEY,
  followed_until timestamptz NOT NULL
);
`;
