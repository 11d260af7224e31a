CREATE TABLE audit_entry (
  seq bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  id uuid NOT NULL,
  tenant_id text COLLATE "C",
  at timestamp(3) with time zone NOT NULL,
  service text NOT NULL,
  actor_kind text NOT NULL,
  actor_id text COLLATE "C" NOT NULL,
  actor_roles text[] NOT NULL,
  action text COLLATE "C" NOT NULL,
  outcome text NOT NULL,
  subject text COLLATE "C" NOT NULL,
  detail jsonb,
  CONSTRAINT audit_entry_pkey PRIMARY KEY (seq)
);
CREATE INDEX audit_entry_by_action ON public.audit_entry USING btree (tenant_id, action, at, seq);
CREATE INDEX audit_entry_by_actor ON public.audit_entry USING btree (tenant_id, actor_id, at, seq);
CREATE INDEX audit_entry_by_subject ON public.audit_entry USING btree (tenant_id, subject, at, seq);
CREATE INDEX audit_entry_newest ON public.audit_entry USING btree (tenant_id, at, seq);
CREATE INDEX audit_entry_platform ON public.audit_entry USING btree (at, seq);
CREATE INDEX audit_entry_refused ON public.audit_entry USING btree (tenant_id, at, seq) WHERE (outcome = 'refused'::text);
COMMENT ON TABLE audit_entry IS 'append-only: other roles than the owner add and read';
COMMENT ON COLUMN audit_entry.tenant_id IS 'null: the act concerns the platform';

CREATE TABLE channel (
  installation_id text NOT NULL,
  channel_id text NOT NULL,
  team_id text NOT NULL,
  name text NOT NULL,
  private boolean NOT NULL,
  CONSTRAINT channel_pkey PRIMARY KEY (installation_id, channel_id)
);
CREATE INDEX channel_name ON public.channel USING btree (installation_id, name);

CREATE TABLE followed_topic (
  topic text NOT NULL,
  followed_until timestamp with time zone NOT NULL,
  CONSTRAINT followed_topic_pkey PRIMARY KEY (topic)
);

CREATE TABLE installation (
  installation_id text NOT NULL,
  tenant_id text NOT NULL,
  name text NOT NULL,
  state text NOT NULL,
  team_id text,
  enterprise_id text,
  is_enterprise_install boolean NOT NULL,
  scopes text[] NOT NULL,
  version bigint NOT NULL,
  deleted boolean DEFAULT false NOT NULL,
  to_be_erased boolean DEFAULT false NOT NULL,
  listed_at timestamp with time zone,
  CONSTRAINT installation_pkey PRIMARY KEY (installation_id)
);
CREATE INDEX installation_tenant ON public.installation USING btree (tenant_id);
COMMENT ON COLUMN installation.to_be_erased IS 'deleted, or moved to another workspace: what we know of its people goes first';
COMMENT ON COLUMN installation.listed_at IS 'when all its users were last known; null: nobody is linked or unmatched yet';

CREATE TABLE link (
  tenant_id text NOT NULL,
  member_id text NOT NULL,
  installation_id text NOT NULL,
  status text NOT NULL,
  team_id text,
  slack_user_id text,
  choice text,
  changed_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT link_pkey PRIMARY KEY (tenant_id, member_id, installation_id),
  CONSTRAINT link_choice_check CHECK ((choice = ANY (ARRAY['manual'::text, 'removed'::text])))
);
CREATE INDEX link_installation ON public.link USING btree (installation_id, tenant_id, member_id);
COMMENT ON COLUMN link.choice IS 'what an admin decided; no sync overrules it';

CREATE TABLE member (
  tenant_id text NOT NULL,
  member_id text NOT NULL,
  email text NOT NULL,
  email_key text NOT NULL,
  name text NOT NULL,
  locale text,
  time_zone text,
  active boolean NOT NULL,
  version bigint NOT NULL,
  recorded_at bigint NOT NULL,
  deleted boolean DEFAULT false NOT NULL,
  CONSTRAINT member_pkey PRIMARY KEY (tenant_id, member_id)
);
CREATE INDEX member_record_key ON public.member USING btree ((((tenant_id || ':'::text) || member_id)));
COMMENT ON COLUMN member.email_key IS 'normalised: what is compared';

CREATE TABLE migrations (
  id serial NOT NULL,
  "timestamp" bigint NOT NULL,
  name character varying NOT NULL,
  CONSTRAINT "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY (id)
);

CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  topic text NOT NULL,
  key bytea,
  value bytea,
  headers jsonb NOT NULL,
  partition integer,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  refused text,
  CONSTRAINT outbox_pkey PRIMARY KEY (id)
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);
COMMENT ON COLUMN outbox.refused IS 'why the broker will never take this record; it waits for an operator';

CREATE TABLE recipient (
  tenant_id text NOT NULL,
  member_id text NOT NULL,
  version bigint NOT NULL,
  digest text,
  CONSTRAINT recipient_pkey PRIMARY KEY (tenant_id, member_id)
);
COMMENT ON COLUMN recipient.digest IS 'of the state last published; null: a tombstone';

CREATE TABLE slack_user (
  installation_id text NOT NULL,
  slack_user_id text NOT NULL,
  team_id text NOT NULL,
  name text NOT NULL,
  email text,
  email_key text,
  time_zone text,
  active boolean NOT NULL,
  CONSTRAINT slack_user_pkey PRIMARY KEY (installation_id, slack_user_id)
);
CREATE INDEX slack_user_email ON public.slack_user USING btree (email_key, installation_id) WHERE (email_key IS NOT NULL);

CREATE TABLE sync (
  id uuid NOT NULL,
  tenant_id text NOT NULL,
  installation_id text NOT NULL,
  state text DEFAULT 'waiting'::text NOT NULL,
  reason text NOT NULL,
  attempt integer DEFAULT 0 NOT NULL,
  not_before timestamp with time zone DEFAULT now() NOT NULL,
  lease_until timestamp with time zone,
  pages integer DEFAULT 0 NOT NULL,
  users_seen integer DEFAULT 0 NOT NULL,
  channels_seen integer DEFAULT 0 NOT NULL,
  links_changed integer DEFAULT 0 NOT NULL,
  error text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  CONSTRAINT sync_pkey PRIMARY KEY (id),
  CONSTRAINT sync_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text])))
);
CREATE INDEX sync_installation ON public.sync USING btree (installation_id, created_at);
CREATE UNIQUE INDEX sync_unfinished ON public.sync USING btree (installation_id) WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text]));
COMMENT ON COLUMN sync.attempt IS 'who holds an older attempt no longer owns the sync';

GRANT SELECT, USAGE ON SEQUENCE audit_entry_seq_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE migrations_id_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE outbox_id_seq TO carillon_service;
GRANT INSERT, SELECT ON TABLE audit_entry TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE channel TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE followed_topic TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE installation TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE link TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE member TO carillon_service;
GRANT SELECT ON TABLE migrations TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE outbox TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE recipient TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE slack_user TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE sync TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO carillon_service;

INSERT INTO audit_entry (seq, id, tenant_id, at, service, actor_kind, actor_id, actor_roles, action, outcome, subject, detail) OVERRIDING SYSTEM VALUE VALUES ('1', '6f1c1a52-7a3e-4a34-9c3a-0f5f1f6a0001', 'acme', '2026-11-20 10:00:00+00', 'directory-sync', 'member', 'ada', '{owner}', 'policy.changed', 'done', 'policy:acme', '{"fields": ["maxInstallations"]}');
INSERT INTO audit_entry (seq, id, tenant_id, at, service, actor_kind, actor_id, actor_roles, action, outcome, subject, detail) OVERRIDING SYSTEM VALUE VALUES ('2', '6f1c1a52-7a3e-4a34-9c3a-0f5f1f6a0002', NULL, '2026-11-20 10:01:00+00', 'directory-sync', 'service', 'delivery', '{}', 'request.refused', 'refused', 'route:/v1/audit', NULL);
INSERT INTO channel (installation_id, channel_id, team_id, name, private) OVERRIDING SYSTEM VALUE VALUES ('7f1b4c1e-6a64-4a2e-9d0c-0a3a8f2f0001', 'C1', 'T1', 'general', 'false');
INSERT INTO followed_topic (topic, followed_until) OVERRIDING SYSTEM VALUE VALUES ('carillon.installation.changed.v1', '2026-11-20 10:00:00+00');
INSERT INTO installation (installation_id, tenant_id, name, state, team_id, enterprise_id, is_enterprise_install, scopes, version, deleted, to_be_erased, listed_at) OVERRIDING SYSTEM VALUE VALUES ('7f1b4c1e-6a64-4a2e-9d0c-0a3a8f2f0001', 'acme', 'Main', 'active', 'T1', NULL, 'false', '{users:read,users:read.email}', '1795716470626', 'false', 'false', '2026-11-20 10:00:00+00');
INSERT INTO installation (installation_id, tenant_id, name, state, team_id, enterprise_id, is_enterprise_install, scopes, version, deleted, to_be_erased, listed_at) OVERRIDING SYSTEM VALUE VALUES ('7f1b4c1e-6a64-4a2e-9d0c-0a3a8f2f0002', 'acme', '', 'disconnected', NULL, NULL, 'false', '{}', '5', 'true', 'false', NULL);
INSERT INTO link (tenant_id, member_id, installation_id, status, team_id, slack_user_id, choice, changed_at) OVERRIDING SYSTEM VALUE VALUES ('acme', 'ada', '7f1b4c1e-6a64-4a2e-9d0c-0a3a8f2f0001', 'linked', 'T1', 'U7', 'manual', '2026-11-20 10:00:00+00');
INSERT INTO member (tenant_id, member_id, email, email_key, name, locale, time_zone, active, version, recorded_at, deleted) OVERRIDING SYSTEM VALUE VALUES ('acme', 'ada', 'Ada@acme.test', 'ada@acme.test', 'Ada', 'en-GB', 'Europe/London', 'true', '7', '1795716470626', 'false');
INSERT INTO member (tenant_id, member_id, email, email_key, name, locale, time_zone, active, version, recorded_at, deleted) OVERRIDING SYSTEM VALUE VALUES ('acme', 'bob', '', '', '', NULL, NULL, 'false', '9', '1795716470627', 'true');
INSERT INTO migrations (id, "timestamp", name) OVERRIDING SYSTEM VALUE VALUES ('1', '1796700000000', 'CreateSchema1796700000000');
INSERT INTO outbox (id, topic, key, value, headers, partition, created_at, refused) OVERRIDING SYSTEM VALUE VALUES ('1', 'carillon.audit.v1', E'\\x61636d65', E'\\x7b7d', '{"ce_id": "6f1c1a52-7a3e-4a34-9c3a-0f5f1f6a0001"}', NULL, '2026-11-20 10:00:00+00', NULL);
INSERT INTO outbox (id, topic, key, value, headers, partition, created_at, refused) OVERRIDING SYSTEM VALUE VALUES ('2', 'carillon.audit.v1', E'\\x61636d65', NULL, '{"binary": {"base64": "AAEC"}}', '3', '2026-11-20 10:01:00+00', 'too large for the broker');
INSERT INTO recipient (tenant_id, member_id, version, digest) OVERRIDING SYSTEM VALUE VALUES ('acme', 'ada', '2', 'd1');
INSERT INTO recipient (tenant_id, member_id, version, digest) OVERRIDING SYSTEM VALUE VALUES ('acme', 'bob', '3', NULL);
INSERT INTO slack_user (installation_id, slack_user_id, team_id, name, email, email_key, time_zone, active) OVERRIDING SYSTEM VALUE VALUES ('7f1b4c1e-6a64-4a2e-9d0c-0a3a8f2f0001', 'U7', 'T1', 'Ada', 'ada@acme.test', 'ada@acme.test', 'Europe/London', 'true');
INSERT INTO slack_user (installation_id, slack_user_id, team_id, name, email, email_key, time_zone, active) OVERRIDING SYSTEM VALUE VALUES ('7f1b4c1e-6a64-4a2e-9d0c-0a3a8f2f0001', 'U8', 'T1', 'Eve', NULL, NULL, NULL, 'false');
INSERT INTO sync (id, tenant_id, installation_id, state, reason, attempt, not_before, lease_until, pages, users_seen, channels_seen, links_changed, error, created_at, started_at, finished_at) OVERRIDING SYSTEM VALUE VALUES ('6f1c1a52-7a3e-4a34-9c3a-0f5f1f6a0003', 'acme', '7f1b4c1e-6a64-4a2e-9d0c-0a3a8f2f0001', 'done', 'connected', '1', '2026-11-20 10:00:00+00', NULL, '0', '0', '0', '0', NULL, '2026-11-20 10:00:00+00', '2026-11-20 10:00:01+00', '2026-11-20 10:00:09+00');
INSERT INTO sync (id, tenant_id, installation_id, state, reason, attempt, not_before, lease_until, pages, users_seen, channels_seen, links_changed, error, created_at, started_at, finished_at) OVERRIDING SYSTEM VALUE VALUES ('6f1c1a52-7a3e-4a34-9c3a-0f5f1f6a0004', 'acme', '7f1b4c1e-6a64-4a2e-9d0c-0a3a8f2f0001', 'waiting', 'asked', '0', '2026-11-20 11:00:00+00', NULL, '0', '0', '0', '0', NULL, '2026-11-20 11:00:00+00', NULL, NULL);
SELECT setval('audit_entry_seq_seq', 2);
SELECT setval('migrations_id_seq', 1);
SELECT setval('outbox_id_seq', 2);
