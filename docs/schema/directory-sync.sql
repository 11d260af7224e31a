-- The database of directory-sync, generated from its migrations; UPDATE_DOCS=1 writes it anew.

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
  known_at bigint DEFAULT 0 NOT NULL,
  archived boolean DEFAULT false NOT NULL,
  member boolean DEFAULT false NOT NULL,
  CONSTRAINT channel_pkey PRIMARY KEY (installation_id, channel_id)
);
CREATE INDEX channel_name ON public.channel USING btree (installation_id, name);
COMMENT ON COLUMN channel.member IS 'whether the app is in it';

CREATE TABLE channel_question (
  installation_id text NOT NULL,
  channel_id text NOT NULL,
  tenant_id text NOT NULL,
  attempt integer DEFAULT 0 NOT NULL,
  not_before timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT channel_question_pkey PRIMARY KEY (installation_id, channel_id)
);
CREATE INDEX channel_question_due ON public.channel_question USING btree (not_before);
COMMENT ON TABLE channel_question IS 'channels of which an event said too little';

CREATE TABLE destination (
  destination_id uuid NOT NULL,
  tenant_id text NOT NULL,
  name text NOT NULL,
  audience jsonb NOT NULL,
  version bigint NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamp(3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT destination_pkey PRIMARY KEY (destination_id)
);
CREATE UNIQUE INDEX destination_name ON public.destination USING btree (tenant_id, lower(name));

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
  team_ids text[] DEFAULT '{}'::text[] NOT NULL,
  connected_by text,
  connected_by_slack_user text,
  CONSTRAINT installation_pkey PRIMARY KEY (installation_id)
);
CREATE INDEX installation_tenant ON public.installation USING btree (tenant_id);
COMMENT ON COLUMN installation.to_be_erased IS 'deleted, or moved to another workspace: what we know of its people goes first';
COMMENT ON COLUMN installation.listed_at IS 'when all its users were last known; null: nobody is linked or unmatched yet';
COMMENT ON COLUMN installation.team_ids IS 'the workspaces that an organisation-wide installation covers';

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
CREATE INDEX link_slack_user ON public.link USING btree (installation_id, slack_user_id) WHERE (slack_user_id IS NOT NULL);
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
  roles text[],
  CONSTRAINT member_pkey PRIMARY KEY (tenant_id, member_id)
);
CREATE INDEX member_email ON public.member USING btree (tenant_id, email_key) WHERE (NOT deleted);
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
  known_at bigint DEFAULT 0 NOT NULL,
  CONSTRAINT slack_user_pkey PRIMARY KEY (installation_id, slack_user_id)
);
CREATE INDEX slack_user_email ON public.slack_user USING btree (email_key, installation_id) WHERE (email_key IS NOT NULL);
COMMENT ON COLUMN slack_user.known_at IS 'when Slack said so, in ms since 1970';

CREATE TABLE staged_channel (
  sync_id uuid NOT NULL,
  channel_id text NOT NULL,
  team_id text NOT NULL,
  name text,
  private boolean,
  archived boolean,
  member boolean,
  known_at bigint NOT NULL,
  gone boolean DEFAULT false NOT NULL,
  CONSTRAINT staged_channel_pkey PRIMARY KEY (sync_id, channel_id)
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=5000);

CREATE TABLE staged_slack_user (
  sync_id uuid NOT NULL,
  slack_user_id text NOT NULL,
  team_id text NOT NULL,
  name text,
  email text,
  email_key text,
  time_zone text,
  active boolean,
  known_at bigint NOT NULL,
  gone boolean DEFAULT false NOT NULL,
  CONSTRAINT staged_slack_user_pkey PRIMARY KEY (sync_id, slack_user_id)
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=5000);
COMMENT ON COLUMN staged_slack_user.gone IS 'an event said so at known_at: an older list does not bring it back';

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
  again boolean DEFAULT false NOT NULL,
  users_from bigint,
  channels_from bigint,
  CONSTRAINT sync_pkey PRIMARY KEY (id),
  CONSTRAINT sync_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text])))
);
CREATE INDEX sync_installation ON public.sync USING btree (installation_id, created_at);
CREATE UNIQUE INDEX sync_unfinished ON public.sync USING btree (installation_id) WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text]));
COMMENT ON COLUMN sync.attempt IS 'who holds an older attempt no longer owns the sync';
COMMENT ON COLUMN sync.again IS 'what it lists changed while it ran: another one follows';
COMMENT ON COLUMN sync.users_from IS 'when the list of users that is stored was begun, in ms since 1970';

CREATE TABLE sync_position (
  sync_id uuid NOT NULL,
  "position" jsonb,
  CONSTRAINT sync_position_pkey PRIMARY KEY (sync_id)
);
COMMENT ON TABLE sync_position IS 'where a sync goes on; its staged rows are erased before this row';

GRANT SELECT, USAGE ON SEQUENCE audit_entry_seq_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE migrations_id_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE outbox_id_seq TO carillon_service;
GRANT INSERT, SELECT ON TABLE audit_entry TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE channel TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE channel_question TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE destination TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE followed_topic TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE installation TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE link TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE member TO carillon_service;
GRANT SELECT ON TABLE migrations TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE outbox TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE recipient TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE slack_user TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE staged_channel TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE staged_slack_user TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE sync TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE sync_position TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO carillon_service;
