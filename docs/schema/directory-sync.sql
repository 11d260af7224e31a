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
CREATE INDEX channel_part_of_name ON public.channel USING gin (installation_id, name gin_trgm_ops);
COMMENT ON COLUMN channel.member IS 'whether the app is in it';

CREATE TABLE channel_publication (
  installation_id text NOT NULL,
  channel_id text NOT NULL,
  tenant_id text NOT NULL,
  version bigint DEFAULT 0 NOT NULL,
  pending boolean DEFAULT true NOT NULL,
  CONSTRAINT channel_publication_pkey PRIMARY KEY (installation_id, channel_id)
);
CREATE INDEX channel_publication_pending ON public.channel_publication USING btree (installation_id) WHERE pending;
COMMENT ON COLUMN channel_publication.version IS 'of the record that was published last; 0: none was';
COMMENT ON COLUMN channel_publication.pending IS 'whether the channel changed since then';

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

CREATE TABLE directory_policy (
  tenant_id text NOT NULL,
  guests text NOT NULL,
  self_link boolean NOT NULL,
  CONSTRAINT directory_policy_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT directory_policy_guests_check CHECK ((guests = ANY (ARRAY['none'::text, 'multi_channel'::text, 'all'::text])))
);
COMMENT ON TABLE directory_policy IS 'of tenants that changed it';

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
CREATE INDEX installation_of_enterprise ON public.installation USING btree (enterprise_id) WHERE (NOT deleted);
CREATE INDEX installation_of_team ON public.installation USING btree (team_id) WHERE (NOT deleted);
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
  chosen_by text,
  chosen_at timestamp(3) with time zone,
  chosen_how text,
  CONSTRAINT link_pkey PRIMARY KEY (tenant_id, member_id, installation_id),
  CONSTRAINT link_choice_check CHECK ((choice = ANY (ARRAY['manual'::text, 'removed'::text]))),
  CONSTRAINT link_chosen_how_check CHECK ((chosen_how = ANY (ARRAY['admin'::text, 'self'::text])))
);
CREATE INDEX link_installation ON public.link USING btree (installation_id, tenant_id, member_id);
CREATE INDEX link_slack_user ON public.link USING btree (installation_id, slack_user_id) WHERE (slack_user_id IS NOT NULL);
COMMENT ON COLUMN link.choice IS 'what an admin or the member decided; no sync overrules it';

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

CREATE TABLE self_link_attempt (
  tenant_id text NOT NULL,
  member_id text NOT NULL,
  installation_id text NOT NULL,
  id uuid NOT NULL,
  state_digest text NOT NULL,
  browser_digest text NOT NULL,
  nonce text NOT NULL,
  return_to text,
  expires_at timestamp(3) with time zone NOT NULL,
  used_at timestamp(3) with time zone,
  CONSTRAINT self_link_attempt_pkey PRIMARY KEY (tenant_id, member_id, installation_id)
);
CREATE INDEX self_link_attempt_expired ON public.self_link_attempt USING btree (expires_at);
CREATE INDEX self_link_attempt_installation ON public.self_link_attempt USING btree (installation_id);
CREATE UNIQUE INDEX self_link_attempt_state ON public.self_link_attempt USING btree (state_digest);
COMMENT ON COLUMN self_link_attempt.browser_digest IS 'of the secret in the cookie of the browser that began';

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
  guest text,
  CONSTRAINT slack_user_pkey PRIMARY KEY (installation_id, slack_user_id),
  CONSTRAINT slack_user_guest_check CHECK ((guest = ANY (ARRAY['single_channel'::text, 'multi_channel'::text])))
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
  guest text,
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
CREATE INDEX sync_finished ON public.sync USING btree (finished_at) WHERE (finished_at IS NOT NULL);
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

CREATE OR REPLACE FUNCTION public.channel_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      BEGIN
        IF TG_OP = 'UPDATE' THEN
          INSERT INTO channel_publication AS p (installation_id, channel_id, tenant_id)
          SELECT installation_id, channel_id, i.tenant_id
            FROM after_change c JOIN before_change b USING (installation_id, channel_id) JOIN installation i USING (installation_id)
           WHERE (b.team_id, b.name, b.private, b.archived, b.member) IS DISTINCT FROM (c.team_id, c.name, c.private, c.archived, c.member)
           ORDER BY installation_id, channel_id
          -- Also where it is pending: the publisher must wait for this transaction, or pass over the row.
          ON CONFLICT (installation_id, channel_id) DO UPDATE SET pending = true;
        ELSIF TG_OP = 'INSERT' THEN
          INSERT INTO channel_publication AS p (installation_id, channel_id, tenant_id)
          SELECT installation_id, channel_id, i.tenant_id FROM after_change JOIN installation i USING (installation_id)
           ORDER BY installation_id, channel_id
          ON CONFLICT (installation_id, channel_id) DO UPDATE SET pending = true;
        ELSE
          WITH locked AS MATERIALIZED (
            SELECT installation_id, channel_id FROM channel_publication JOIN before_change USING (installation_id, channel_id)
             ORDER BY installation_id, channel_id FOR UPDATE OF channel_publication)
          UPDATE channel_publication p SET pending = true FROM locked
           WHERE p.installation_id = locked.installation_id AND p.channel_id = locked.channel_id;
        END IF;
        RETURN NULL;
      END $function$;

CREATE OR REPLACE FUNCTION public.gin_btree_consistent(internal, smallint, anyelement, integer, internal, internal)
 RETURNS boolean
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_btree_consistent$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_anyenum(anyenum, anyenum, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_anyenum$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_bit(bit, bit, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_bit$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_bool(boolean, boolean, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_bool$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_bpchar(character, character, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_bpchar$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_bytea(bytea, bytea, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_bytea$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_char("char", "char", smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_char$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_cidr(cidr, cidr, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_cidr$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_date(date, date, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_date$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_float4(real, real, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_float4$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_float8(double precision, double precision, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_float8$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_inet(inet, inet, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_inet$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_int2(smallint, smallint, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_int2$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_int4(integer, integer, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_int4$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_int8(bigint, bigint, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_int8$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_interval(interval, interval, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_interval$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_macaddr(macaddr, macaddr, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_macaddr$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_macaddr8(macaddr8, macaddr8, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_macaddr8$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_money(money, money, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_money$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_name(name, name, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_name$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_numeric(numeric, numeric, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_numeric$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_oid(oid, oid, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_oid$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_text(text, text, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_text$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_time(time without time zone, time without time zone, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_time$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_timestamp(timestamp without time zone, timestamp without time zone, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_timestamp$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_timestamptz(timestamp with time zone, timestamp with time zone, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_timestamptz$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_timetz(time with time zone, time with time zone, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_timetz$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_uuid(uuid, uuid, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_uuid$function$;

CREATE OR REPLACE FUNCTION public.gin_compare_prefix_varbit(bit varying, bit varying, smallint, internal)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_compare_prefix_varbit$function$;

CREATE OR REPLACE FUNCTION public.gin_enum_cmp(anyenum, anyenum)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_enum_cmp$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_anyenum(anyenum, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_anyenum$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_bit(bit, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_bit$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_bool(boolean, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_bool$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_bpchar(character, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_bpchar$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_bytea(bytea, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_bytea$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_char("char", internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_char$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_cidr(cidr, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_cidr$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_date(date, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_date$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_float4(real, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_float4$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_float8(double precision, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_float8$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_inet(inet, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_inet$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_int2(smallint, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_int2$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_int4(integer, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_int4$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_int8(bigint, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_int8$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_interval(interval, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_interval$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_macaddr(macaddr, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_macaddr$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_macaddr8(macaddr8, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_macaddr8$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_money(money, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_money$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_name(name, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_name$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_numeric(numeric, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_numeric$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_oid(oid, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_oid$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_text(text, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_text$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_time(time without time zone, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_time$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_timestamp(timestamp without time zone, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_timestamp$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_timestamptz(timestamp with time zone, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_timestamptz$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_timetz(time with time zone, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_timetz$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_trgm(text, internal, smallint, internal, internal, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gin_extract_query_trgm$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_uuid(uuid, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_uuid$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_varbit(bit varying, internal, smallint, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_query_varbit$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_anyenum(anyenum, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_anyenum$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_bit(bit, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_bit$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_bool(boolean, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_bool$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_bpchar(character, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_bpchar$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_bytea(bytea, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_bytea$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_char("char", internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_char$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_cidr(cidr, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_cidr$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_date(date, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_date$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_float4(real, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_float4$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_float8(double precision, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_float8$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_inet(inet, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_inet$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_int2(smallint, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_int2$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_int4(integer, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_int4$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_int8(bigint, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_int8$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_interval(interval, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_interval$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_macaddr(macaddr, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_macaddr$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_macaddr8(macaddr8, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_macaddr8$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_money(money, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_money$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_name(name, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_name$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_numeric(numeric, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_numeric$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_oid(oid, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_oid$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_text(text, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_text$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_time(time without time zone, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_time$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_timestamp(timestamp without time zone, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_timestamp$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_timestamptz(timestamp with time zone, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_timestamptz$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_timetz(time with time zone, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_timetz$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_trgm(text, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gin_extract_value_trgm$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_uuid(uuid, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_uuid$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_varbit(bit varying, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_extract_value_varbit$function$;

CREATE OR REPLACE FUNCTION public.gin_numeric_cmp(numeric, numeric)
 RETURNS integer
 LANGUAGE c
 IMMUTABLE STRICT
AS '$libdir/btree_gin', $function$gin_numeric_cmp$function$;

CREATE OR REPLACE FUNCTION public.gin_trgm_consistent(internal, smallint, text, integer, internal, internal, internal, internal)
 RETURNS boolean
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gin_trgm_consistent$function$;

CREATE OR REPLACE FUNCTION public.gin_trgm_triconsistent(internal, smallint, text, integer, internal, internal, internal)
 RETURNS "char"
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gin_trgm_triconsistent$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_compress(internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_compress$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_consistent(internal, text, smallint, oid, internal)
 RETURNS boolean
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_consistent$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_decompress(internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_decompress$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_distance(internal, text, smallint, oid, internal)
 RETURNS double precision
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_distance$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_in(cstring)
 RETURNS gtrgm
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_in$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_options(internal)
 RETURNS void
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE
AS '$libdir/pg_trgm', $function$gtrgm_options$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_out(gtrgm)
 RETURNS cstring
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_out$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_penalty(internal, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_penalty$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_picksplit(internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_picksplit$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_same(gtrgm, gtrgm, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_same$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_union(internal, internal)
 RETURNS gtrgm
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_union$function$;

CREATE OR REPLACE FUNCTION public.set_limit(real)
 RETURNS real
 LANGUAGE c
 STRICT
AS '$libdir/pg_trgm', $function$set_limit$function$;

CREATE OR REPLACE FUNCTION public.show_limit()
 RETURNS real
 LANGUAGE c
 STABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$show_limit$function$;

CREATE OR REPLACE FUNCTION public.show_trgm(text)
 RETURNS text[]
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$show_trgm$function$;

CREATE OR REPLACE FUNCTION public.similarity(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$similarity$function$;

CREATE OR REPLACE FUNCTION public.similarity_dist(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$similarity_dist$function$;

CREATE OR REPLACE FUNCTION public.similarity_op(text, text)
 RETURNS boolean
 LANGUAGE c
 STABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$similarity_op$function$;

CREATE OR REPLACE FUNCTION public.strict_word_similarity(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$strict_word_similarity$function$;

CREATE OR REPLACE FUNCTION public.strict_word_similarity_commutator_op(text, text)
 RETURNS boolean
 LANGUAGE c
 STABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$strict_word_similarity_commutator_op$function$;

CREATE OR REPLACE FUNCTION public.strict_word_similarity_dist_commutator_op(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$strict_word_similarity_dist_commutator_op$function$;

CREATE OR REPLACE FUNCTION public.strict_word_similarity_dist_op(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$strict_word_similarity_dist_op$function$;

CREATE OR REPLACE FUNCTION public.strict_word_similarity_op(text, text)
 RETURNS boolean
 LANGUAGE c
 STABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$strict_word_similarity_op$function$;

CREATE OR REPLACE FUNCTION public.word_similarity(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$word_similarity$function$;

CREATE OR REPLACE FUNCTION public.word_similarity_commutator_op(text, text)
 RETURNS boolean
 LANGUAGE c
 STABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$word_similarity_commutator_op$function$;

CREATE OR REPLACE FUNCTION public.word_similarity_dist_commutator_op(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$word_similarity_dist_commutator_op$function$;

CREATE OR REPLACE FUNCTION public.word_similarity_dist_op(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$word_similarity_dist_op$function$;

CREATE OR REPLACE FUNCTION public.word_similarity_op(text, text)
 RETURNS boolean
 LANGUAGE c
 STABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$word_similarity_op$function$;

CREATE TRIGGER channel_deleted AFTER DELETE ON public.channel REFERENCING OLD TABLE AS before_change FOR EACH STATEMENT EXECUTE FUNCTION channel_changed();

CREATE TRIGGER channel_inserted AFTER INSERT ON public.channel REFERENCING NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION channel_changed();

CREATE TRIGGER channel_updated AFTER UPDATE ON public.channel REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION channel_changed();

GRANT EXECUTE ON FUNCTION channel_changed() TO PUBLIC;
GRANT EXECUTE ON FUNCTION channel_changed() TO carillon_service;
GRANT EXECUTE ON FUNCTION gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_anyenum(anyenum,anyenum,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_bit(bit,bit,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_bool(boolean,boolean,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_bpchar(character,character,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_bytea(bytea,bytea,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_char("char","char",smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_cidr(cidr,cidr,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_date(date,date,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_float4(real,real,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_float8(double precision,double precision,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_inet(inet,inet,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_int2(smallint,smallint,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_int4(integer,integer,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_int8(bigint,bigint,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_interval(interval,interval,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_macaddr(macaddr,macaddr,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_macaddr8(macaddr8,macaddr8,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_money(money,money,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_name(name,name,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_numeric(numeric,numeric,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_oid(oid,oid,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_text(text,text,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_time(time without time zone,time without time zone,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_timestamp(timestamp without time zone,timestamp without time zone,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_timestamptz(timestamp with time zone,timestamp with time zone,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_timetz(time with time zone,time with time zone,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_uuid(uuid,uuid,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_compare_prefix_varbit(bit varying,bit varying,smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_enum_cmp(anyenum,anyenum) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_anyenum(anyenum,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_bit(bit,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_bool(boolean,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_bpchar(character,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_bytea(bytea,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_char("char",internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_cidr(cidr,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_date(date,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_float4(real,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_float8(double precision,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_inet(inet,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_int2(smallint,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_int4(integer,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_int8(bigint,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_interval(interval,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_macaddr(macaddr,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_macaddr8(macaddr8,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_money(money,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_name(name,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_numeric(numeric,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_oid(oid,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_text(text,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_time(time without time zone,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_timestamp(timestamp without time zone,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_timestamptz(timestamp with time zone,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_timetz(time with time zone,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_trgm(text,internal,smallint,internal,internal,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_uuid(uuid,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_query_varbit(bit varying,internal,smallint,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_anyenum(anyenum,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_bit(bit,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_bool(boolean,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_bpchar(character,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_bytea(bytea,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_char("char",internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_cidr(cidr,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_date(date,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_float4(real,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_float8(double precision,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_inet(inet,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_int2(smallint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_int4(integer,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_int8(bigint,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_interval(interval,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_macaddr(macaddr,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_macaddr8(macaddr8,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_money(money,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_name(name,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_numeric(numeric,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_oid(oid,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_text(text,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_time(time without time zone,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_timestamp(timestamp without time zone,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_timestamptz(timestamp with time zone,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_timetz(time with time zone,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_trgm(text,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_uuid(uuid,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_extract_value_varbit(bit varying,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_numeric_cmp(numeric,numeric) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_trgm_consistent(internal,smallint,text,integer,internal,internal,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gin_trgm_triconsistent(internal,smallint,text,integer,internal,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gtrgm_compress(internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gtrgm_consistent(internal,text,smallint,oid,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gtrgm_decompress(internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gtrgm_distance(internal,text,smallint,oid,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gtrgm_in(cstring) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gtrgm_options(internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gtrgm_out(gtrgm) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gtrgm_penalty(internal,internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gtrgm_picksplit(internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gtrgm_same(gtrgm,gtrgm,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION gtrgm_union(internal,internal) TO PUBLIC;
GRANT EXECUTE ON FUNCTION set_limit(real) TO PUBLIC;
GRANT EXECUTE ON FUNCTION show_limit() TO PUBLIC;
GRANT EXECUTE ON FUNCTION show_trgm(text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION similarity(text,text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION similarity_dist(text,text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION similarity_op(text,text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION strict_word_similarity(text,text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION strict_word_similarity_commutator_op(text,text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION strict_word_similarity_dist_commutator_op(text,text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION strict_word_similarity_dist_op(text,text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION strict_word_similarity_op(text,text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION word_similarity(text,text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION word_similarity_commutator_op(text,text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION word_similarity_dist_commutator_op(text,text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION word_similarity_dist_op(text,text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION word_similarity_op(text,text) TO PUBLIC;
GRANT SELECT, USAGE ON SEQUENCE audit_entry_seq_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE migrations_id_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE outbox_id_seq TO carillon_service;
GRANT INSERT, SELECT ON TABLE audit_entry TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE channel TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE channel_publication TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE channel_question TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE destination TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE directory_policy TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE followed_topic TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE installation TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE link TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE member TO carillon_service;
GRANT SELECT ON TABLE migrations TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE outbox TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE recipient TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE self_link_attempt TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE slack_user TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE staged_channel TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE staged_slack_user TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE sync TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE sync_position TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO carillon_service;
