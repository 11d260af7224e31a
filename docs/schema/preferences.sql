-- The database of preferences, generated from its migrations; UPDATE_DOCS=1 writes it anew.

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

CREATE TABLE burst_position (
  counted_id uuid NOT NULL,
  recipient text COLLATE "C" NOT NULL,
  started_at timestamp(3) with time zone NOT NULL,
  ends_at timestamp(3) with time zone NOT NULL,
  "position" integer NOT NULL,
  CONSTRAINT burst_position_pkey PRIMARY KEY (counted_id, recipient)
);

CREATE TABLE burst_window (
  tenant_id text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  recipient text COLLATE "C" NOT NULL,
  started_at timestamp(3) with time zone NOT NULL,
  ends_at timestamp(3) with time zone NOT NULL,
  counted integer NOT NULL,
  CONSTRAINT burst_window_pkey PRIMARY KEY (tenant_id, type, recipient)
);

CREATE TABLE catalogue_category (
  name text COLLATE "C" NOT NULL,
  title text NOT NULL,
  description text,
  origin text NOT NULL,
  changed_by text NOT NULL,
  changed_at timestamp(3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT catalogue_category_pkey PRIMARY KEY (name),
  CONSTRAINT catalogue_category_origin_check CHECK ((origin = ANY (ARRAY['file'::text, 'api'::text])))
);

CREATE TABLE catalogue_version (
  one boolean DEFAULT true NOT NULL,
  version bigint NOT NULL,
  CONSTRAINT catalogue_version_pkey PRIMARY KEY (one),
  CONSTRAINT catalogue_version_one_check CHECK (one)
);

CREATE TABLE channel (
  key text NOT NULL,
  tenant_id text,
  installation_id text,
  channel_id text,
  team_id text,
  name text,
  is_private boolean,
  is_archived boolean,
  is_member boolean,
  version bigint NOT NULL,
  deleted boolean NOT NULL,
  CONSTRAINT channel_pkey PRIMARY KEY (key)
);
CREATE INDEX channel_by_id ON public.channel USING btree (tenant_id, channel_id) WHERE (NOT deleted);
CREATE INDEX channel_by_name ON public.channel USING btree (tenant_id, name COLLATE "C") WHERE (NOT deleted);

CREATE TABLE context_change (
  tenant_id text NOT NULL,
  version bigint NOT NULL,
  recipients text[] NOT NULL,
  CONSTRAINT context_change_pkey PRIMARY KEY (tenant_id, version)
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);
COMMENT ON COLUMN context_change.version IS 'what context_version became by this change';
COMMENT ON COLUMN context_change.recipients IS 'whom the change is about; none: the installations or the organisation''s defaults';

CREATE TABLE context_version (
  tenant_id text NOT NULL,
  version bigint NOT NULL,
  CONSTRAINT context_version_pkey PRIMARY KEY (tenant_id)
) WITH (fillfactor=50);

CREATE TABLE deferred_range (
  partition integer NOT NULL,
  tenant_id text COLLATE "C" NOT NULL,
  first_offset bigint NOT NULL,
  last_offset bigint NOT NULL,
  CONSTRAINT deferred_range_pkey PRIMARY KEY (partition, tenant_id),
  CONSTRAINT deferred_range_check CHECK ((first_offset <= last_offset))
) WITH (fillfactor=50);

CREATE TABLE destination (
  key text NOT NULL,
  tenant_id text,
  destination_id text,
  name text,
  audience jsonb,
  version bigint NOT NULL,
  deleted boolean NOT NULL,
  CONSTRAINT destination_pkey PRIMARY KEY (key)
);
CREATE INDEX destination_by_tenant ON public.destination USING btree (tenant_id) WHERE (NOT deleted);

CREATE TABLE fan_out (
  notification_id uuid NOT NULL,
  tenant_id text COLLATE "C" NOT NULL,
  urgent boolean NOT NULL,
  event json NOT NULL,
  page integer NOT NULL,
  "position" json NOT NULL,
  leased_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
  begun_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  done_at timestamp with time zone,
  CONSTRAINT fan_out_pkey PRIMARY KEY (notification_id)
) WITH (fillfactor=50);
CREATE INDEX fan_out_done ON public.fan_out USING btree (done_at) WHERE (done_at IS NOT NULL);
CREATE INDEX fan_out_open ON public.fan_out USING btree (tenant_id, urgent DESC, page, begun_at) WHERE (done_at IS NULL);
COMMENT ON COLUMN fan_out.event IS 'the request, its type and its trace; null once it is done';

CREATE TABLE followed_topic (
  topic text NOT NULL,
  followed_until timestamp with time zone NOT NULL,
  CONSTRAINT followed_topic_pkey PRIMARY KEY (topic)
);

CREATE TABLE installation (
  key text NOT NULL,
  tenant_id text,
  installation_id text,
  name text,
  state text,
  team_id text,
  enterprise_id text,
  installed_at timestamp with time zone,
  version bigint NOT NULL,
  deleted boolean NOT NULL,
  scopes text[],
  CONSTRAINT installation_pkey PRIMARY KEY (key)
);
CREATE INDEX installation_by_tenant ON public.installation USING btree (tenant_id) WHERE (NOT deleted);

CREATE TABLE member_preferences (
  tenant_id text NOT NULL,
  member_id text NOT NULL,
  slack_off boolean NOT NULL,
  types jsonb NOT NULL,
  categories jsonb NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  settings jsonb,
  version bigint DEFAULT 1 NOT NULL,
  CONSTRAINT member_preferences_pkey PRIMARY KEY (tenant_id, member_id)
);

CREATE TABLE migrations (
  id serial NOT NULL,
  "timestamp" bigint NOT NULL,
  name character varying NOT NULL,
  CONSTRAINT "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY (id)
);

CREATE TABLE notification_type (
  name text COLLATE "C" NOT NULL,
  definition jsonb NOT NULL,
  origin text NOT NULL,
  revision bigint DEFAULT 1 NOT NULL,
  changed_by text NOT NULL,
  changed_at timestamp(3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT notification_type_pkey PRIMARY KEY (name),
  CONSTRAINT notification_type_origin_check CHECK ((origin = ANY (ARRAY['file'::text, 'api'::text])))
);

CREATE TABLE organisation_defaults (
  tenant_id text NOT NULL,
  types jsonb NOT NULL,
  categories jsonb NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  settings jsonb,
  version bigint DEFAULT 1 NOT NULL,
  CONSTRAINT organisation_defaults_pkey PRIMARY KEY (tenant_id)
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

CREATE TABLE recent_event (
  notification_id uuid NOT NULL,
  tenant_id text NOT NULL,
  type text NOT NULL,
  source text NOT NULL,
  id text NOT NULL,
  request json NOT NULL,
  at timestamp(3) with time zone NOT NULL,
  CONSTRAINT recent_event_pkey PRIMARY KEY (notification_id)
);
CREATE INDEX recent_event_newest ON public.recent_event USING btree (tenant_id, type, at DESC, notification_id);
CREATE INDEX recent_event_oldest ON public.recent_event USING btree (at);

CREATE TABLE recipient (
  key text NOT NULL,
  tenant_id text,
  member_id text,
  email text,
  email_key text,
  name text,
  active boolean,
  locale text,
  time_zone text,
  links jsonb,
  version bigint NOT NULL,
  deleted boolean NOT NULL,
  roles text[],
  CONSTRAINT recipient_pkey PRIMARY KEY (key)
) WITH (fillfactor=80);
CREATE INDEX recipient_active ON public.recipient USING btree (tenant_id, member_id) WHERE ((NOT deleted) AND active);
CREATE INDEX recipient_by_email ON public.recipient USING btree (tenant_id, email_key) WHERE (NOT deleted);

CREATE TABLE recipient_role (
  tenant_id text NOT NULL,
  role text NOT NULL,
  member_id text NOT NULL,
  CONSTRAINT recipient_role_pkey PRIMARY KEY (tenant_id, role, member_id)
);
CREATE INDEX recipient_role_of ON public.recipient_role USING btree (tenant_id, member_id);

CREATE TABLE request_digest (
  notification_id uuid NOT NULL,
  digest text COLLATE "C" NOT NULL,
  seen_on date DEFAULT CURRENT_DATE NOT NULL,
  CONSTRAINT request_digest_pkey PRIMARY KEY (notification_id)
);

CREATE TABLE topic_follower (
  tenant_id text NOT NULL,
  topic text NOT NULL,
  kind text NOT NULL,
  id text NOT NULL,
  installation text,
  added_by text NOT NULL,
  added_at timestamp(3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT topic_follower_pkey PRIMARY KEY (tenant_id, topic, kind, id)
);
CREATE INDEX topic_followed_by ON public.topic_follower USING btree (tenant_id, kind, id, topic);

CREATE TABLE unsubscription (
  tenant_id text NOT NULL,
  recipient text NOT NULL,
  type text NOT NULL,
  at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT unsubscription_pkey PRIMARY KEY (tenant_id, recipient, type)
);

CREATE TABLE workflow (
  id uuid NOT NULL,
  tenant_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  type text COLLATE "C" NOT NULL,
  enabled boolean NOT NULL,
  "position" integer NOT NULL,
  definition jsonb NOT NULL,
  version bigint DEFAULT 1 NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamp(3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT workflow_pkey PRIMARY KEY (id)
);
CREATE INDEX workflow_in_order ON public.workflow USING btree (tenant_id, "position", id);
CREATE UNIQUE INDEX workflow_name ON public.workflow USING btree (tenant_id, lower(name));

GRANT SELECT, USAGE ON SEQUENCE audit_entry_seq_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE migrations_id_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE outbox_id_seq TO carillon_service;
GRANT INSERT, SELECT ON TABLE audit_entry TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE burst_position TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE burst_window TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE catalogue_category TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE catalogue_version TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE channel TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE context_change TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE context_version TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE deferred_range TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE destination TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE fan_out TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE followed_topic TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE installation TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE member_preferences TO carillon_service;
GRANT SELECT ON TABLE migrations TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE notification_type TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE organisation_defaults TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE outbox TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE recent_event TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE recipient TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE recipient_role TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE request_digest TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE topic_follower TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE unsubscription TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE workflow TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO carillon_service;
