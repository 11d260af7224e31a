-- The database of installation, generated from its migrations; UPDATE_DOCS=1 writes it anew.

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

CREATE TABLE connection_attempt (
  id uuid NOT NULL,
  tenant_id text NOT NULL,
  member_id text NOT NULL,
  name text,
  profile text NOT NULL,
  installation_id uuid,
  return_to text NOT NULL,
  browser_digest text,
  expires_at timestamp(3) with time zone NOT NULL,
  used_at timestamp(3) with time zone,
  granted jsonb,
  granted_to uuid,
  kid text,
  access_token text,
  refresh_token text,
  token_expires_at timestamp(3) with time zone,
  confirm_by timestamp(3) with time zone,
  confirmed_at timestamp(3) with time zone,
  refused text,
  CONSTRAINT connection_attempt_pkey PRIMARY KEY (id)
);
CREATE INDEX connection_attempt_browser ON public.connection_attempt USING btree (browser_digest) WHERE (used_at IS NULL);
CREATE INDEX connection_attempt_expiry ON public.connection_attempt USING btree (expires_at);
CREATE INDEX connection_attempt_granted_to ON public.connection_attempt USING btree (granted_to);
CREATE INDEX connection_attempt_unconfirmed ON public.connection_attempt USING btree (confirm_by) WHERE (access_token IS NOT NULL);
COMMENT ON COLUMN connection_attempt.granted IS 'what Slack granted, without tokens';
COMMENT ON COLUMN connection_attempt.granted_to IS 'the installation that a confirmation creates or renews';

CREATE TABLE installation (
  id uuid NOT NULL,
  tenant_id text NOT NULL,
  name text NOT NULL,
  profile text NOT NULL,
  state text NOT NULL,
  state_reason text,
  workspace_id text NOT NULL,
  team_id text,
  enterprise_id text,
  is_enterprise_install boolean NOT NULL,
  app_id text NOT NULL,
  bot_user_id text NOT NULL,
  bot_id text,
  scopes text[] NOT NULL,
  team_name text,
  team_domain text,
  icon_url text,
  connected_by text NOT NULL,
  connected_by_slack_user text,
  installed_at timestamp(3) with time zone NOT NULL,
  authorized_at timestamp(3) with time zone NOT NULL,
  version bigint NOT NULL,
  team_ids text[],
  CONSTRAINT installation_pkey PRIMARY KEY (id),
  CONSTRAINT installation_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'active'::text, 'lost'::text, 'disconnected'::text])))
);
CREATE UNIQUE INDEX installation_active_workspace ON public.installation USING btree (workspace_id) WHERE (state = 'active'::text);
CREATE UNIQUE INDEX installation_tenant_name ON public.installation USING btree (tenant_id, lower(name));
CREATE INDEX installation_tenant_order ON public.installation USING btree (tenant_id, installed_at, id);
CREATE UNIQUE INDEX installation_tenant_workspace ON public.installation USING btree (tenant_id, workspace_id);
CREATE INDEX installation_workspace ON public.installation USING btree (workspace_id);
COMMENT ON COLUMN installation.team_ids IS 'the workspaces that an organisation-wide installation covers; null: not listed yet, or of one workspace';

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

CREATE TABLE policy (
  tenant_id text NOT NULL,
  max_installations integer,
  require_workspace_admin boolean NOT NULL,
  CONSTRAINT policy_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT policy_max_installations_check CHECK ((max_installations > 0))
);

CREATE TABLE sealed_token (
  installation_id uuid NOT NULL,
  kid text NOT NULL,
  access_token text NOT NULL,
  refresh_token text,
  expires_at timestamp(3) with time zone,
  refreshing_until timestamp(3) with time zone,
  generation integer DEFAULT 0 NOT NULL,
  CONSTRAINT sealed_token_pkey PRIMARY KEY (installation_id)
);
COMMENT ON COLUMN sealed_token.generation IS 'grows with each pair of tokens, not with each sealing of a pair';

CREATE TABLE slack_task (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  kind text NOT NULL,
  subject uuid NOT NULL,
  tenant_id text NOT NULL,
  workspace_id text NOT NULL,
  detail jsonb NOT NULL,
  kid text,
  access_token text,
  refresh_token text,
  token_expires_at timestamp(3) with time zone,
  attempts integer DEFAULT 0 NOT NULL,
  due_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
  created_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
  last_error text,
  CONSTRAINT slack_task_pkey PRIMARY KEY (id),
  CONSTRAINT slack_task_kind_check CHECK ((kind = ANY (ARRAY['revoke'::text, 'verify'::text, 'describe'::text])))
);
CREATE INDEX slack_task_due ON public.slack_task USING btree (tenant_id, due_at);
CREATE UNIQUE INDEX slack_task_once ON public.slack_task USING btree (subject, kind) WHERE (kind <> 'revoke'::text);
CREATE INDEX slack_task_subject ON public.slack_task USING btree (subject);
COMMENT ON TABLE slack_task IS 'calls to Slack that are repeated until Slack has answered';
COMMENT ON COLUMN slack_task.subject IS 'the installation, or the connection, whose tokens are sealed for this id';

ALTER TABLE sealed_token ADD CONSTRAINT sealed_token_installation_id_fkey FOREIGN KEY (installation_id) REFERENCES installation(id) ON DELETE CASCADE;

GRANT SELECT, USAGE ON SEQUENCE audit_entry_seq_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE migrations_id_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE outbox_id_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE slack_task_id_seq TO carillon_service;
GRANT INSERT, SELECT ON TABLE audit_entry TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE connection_attempt TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE installation TO carillon_service;
GRANT SELECT ON TABLE migrations TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE outbox TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE policy TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE sealed_token TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE slack_task TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO carillon_service;
