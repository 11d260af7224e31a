-- The database of delivery, generated from its migrations; UPDATE_DOCS=1 writes it anew.

CREATE SEQUENCE delivery_seq AS bigint START 1 INCREMENT 1 CACHE 1;

CREATE TABLE attempt (
  attempt_id uuid NOT NULL,
  delivery_id uuid NOT NULL,
  n integer NOT NULL,
  result text NOT NULL,
  error text,
  advice text,
  status smallint,
  request_id text,
  latency_ms integer,
  at timestamp with time zone NOT NULL,
  CONSTRAINT attempt_pkey PRIMARY KEY (attempt_id)
);
CREATE INDEX attempt_delivery ON public.attempt USING btree (delivery_id);

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

CREATE TABLE cell (
  id text NOT NULL,
  only_row boolean DEFAULT true NOT NULL,
  CONSTRAINT cell_pkey PRIMARY KEY (only_row),
  CONSTRAINT cell_only_row_check CHECK (only_row)
);

CREATE TABLE conversation (
  team_id text NOT NULL,
  people text COLLATE "C" NOT NULL,
  channel text NOT NULL,
  opened_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT conversation_pkey PRIMARY KEY (team_id, people)
);

CREATE TABLE decision (
  notification_id uuid NOT NULL,
  recipient text COLLATE "C" NOT NULL,
  answer json,
  decided_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT decision_pkey PRIMARY KEY (notification_id, recipient)
);
CREATE INDEX decision_gate_only ON public.decision USING btree (decided_at) WHERE (answer IS NULL);

CREATE TABLE delivery (
  delivery_id uuid NOT NULL,
  settled boolean DEFAULT false NOT NULL,
  day date DEFAULT CURRENT_DATE NOT NULL,
  seq bigint NOT NULL,
  notification_id uuid NOT NULL,
  recipient text COLLATE "C" NOT NULL,
  destination json NOT NULL,
  lane text COLLATE "C" NOT NULL,
  channel text COLLATE "C" NOT NULL,
  priority smallint NOT NULL,
  installation_id text,
  state text NOT NULL,
  ready_at timestamp with time zone DEFAULT now() NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  expiry_asked boolean NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  ambiguous integer DEFAULT 0 NOT NULL,
  attempt_id uuid,
  epoch bigint,
  claimed_at timestamp with time zone,
  held_since timestamp with time zone,
  reason text,
  slack jsonb,
  settled_at timestamp with time zone,
  op text DEFAULT 'post'::text NOT NULL,
  collapse_slot uuid,
  thread_slot uuid,
  fallback json,
  digest_key text COLLATE "C",
  digest_due timestamp with time zone,
  digest_next timestamp with time zone,
  digest_id uuid,
  replay integer DEFAULT 0 NOT NULL,
  tenant_id text COLLATE "C" NOT NULL,
  variant text COLLATE "C",
  rolled_up integer,
  roll_up_position integer,
  CONSTRAINT delivery_pkey PRIMARY KEY (delivery_id, settled, day),
  CONSTRAINT delivery_check CHECK ((settled = (state = ANY (ARRAY['delivered'::text, 'failed'::text, 'expired'::text, 'cancelled'::text])))),
  CONSTRAINT delivery_op_check CHECK ((op = ANY (ARRAY['post'::text, 'delete'::text, 'digest'::text]))),
  CONSTRAINT delivery_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'ready'::text, 'sending'::text, 'unknown'::text, 'bundled'::text, 'delivered'::text, 'failed'::text, 'expired'::text, 'cancelled'::text])))
) PARTITION BY LIST (settled);

CREATE TABLE departing_delivery (
  delivery_id uuid NOT NULL,
  tenant_id text COLLATE "C" NOT NULL,
  queued json NOT NULL,
  CONSTRAINT departing_delivery_pkey PRIMARY KEY (delivery_id)
);
CREATE INDEX departing_delivery_tenant ON public.departing_delivery USING btree (tenant_id, delivery_id);

CREATE TABLE digest (
  digest_id uuid NOT NULL,
  digest_key text COLLATE "C" NOT NULL,
  due_at timestamp with time zone NOT NULL,
  frozen_at timestamp with time zone,
  CONSTRAINT digest_pkey PRIMARY KEY (digest_id)
);

CREATE TABLE file_upload (
  delivery_id uuid NOT NULL,
  n integer NOT NULL,
  file_id text NOT NULL,
  title text NOT NULL,
  uploaded_at timestamp with time zone NOT NULL,
  CONSTRAINT file_upload_pkey PRIMARY KEY (delivery_id, n)
);

CREATE TABLE held_record (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  tenant_id text COLLATE "C" NOT NULL,
  topic text NOT NULL,
  record json NOT NULL,
  CONSTRAINT held_record_pkey PRIMARY KEY (id)
);
CREATE INDEX held_record_tenant ON public.held_record USING btree (tenant_id, id);

CREATE TABLE id_reuse (
  notification_id uuid NOT NULL,
  tenant_id text NOT NULL,
  times integer NOT NULL,
  first_at timestamp with time zone DEFAULT now() NOT NULL,
  last_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT id_reuse_pkey PRIMARY KEY (notification_id)
);
CREATE INDEX id_reuse_last ON public.id_reuse USING btree (last_at);

CREATE TABLE installation (
  installation_id text NOT NULL,
  tenant_id text NOT NULL,
  team_id text,
  state text NOT NULL,
  scopes text[] NOT NULL,
  version bigint NOT NULL,
  deleted boolean DEFAULT false NOT NULL,
  first_seen bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
  changed_in xid8 DEFAULT '0'::xid8 NOT NULL,
  CONSTRAINT installation_pkey PRIMARY KEY (installation_id)
);
CREATE INDEX installation_changed_in ON public.installation USING btree (changed_in);

CREATE TABLE lane (
  lane_id text COLLATE "C" NOT NULL,
  pod_id uuid,
  epoch bigint DEFAULT 0 NOT NULL,
  posting_per_minute real,
  pace json,
  blocked json,
  paused_at timestamp with time zone,
  paused_by text,
  pause_reason text,
  CONSTRAINT lane_pkey PRIMARY KEY (lane_id)
) WITH (fillfactor=70);

CREATE TABLE migrations (
  id serial NOT NULL,
  "timestamp" bigint NOT NULL,
  name character varying NOT NULL,
  CONSTRAINT "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY (id)
);

CREATE TABLE notification (
  notification_id uuid NOT NULL,
  tenant_id text NOT NULL,
  source text NOT NULL,
  external_id text NOT NULL,
  type text NOT NULL,
  category text NOT NULL,
  content json NOT NULL,
  priority smallint NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  collapse_key text,
  thread_key text,
  sequence bigint,
  ambiguity text NOT NULL,
  mutable boolean NOT NULL,
  retention_days integer NOT NULL,
  reasons json,
  traceparent text,
  received_at timestamp with time zone DEFAULT now() NOT NULL,
  forget_on date NOT NULL,
  request_hash text COLLATE "C",
  type_title text,
  variants jsonb,
  requested_at timestamp with time zone,
  CONSTRAINT notification_pkey PRIMARY KEY (notification_id)
);
CREATE INDEX notification_forget ON public.notification USING btree (forget_on);

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

CREATE TABLE pod (
  pod_id uuid NOT NULL,
  lock_key bigint NOT NULL,
  lease_until timestamp with time zone NOT NULL,
  started_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT pod_pkey PRIMARY KEY (pod_id)
);

CREATE TABLE retraction (
  notification_id uuid NOT NULL,
  tenant_id text NOT NULL,
  retracted_at timestamp with time zone DEFAULT now() NOT NULL,
  applied_at timestamp with time zone,
  CONSTRAINT retraction_pkey PRIMARY KEY (notification_id)
);
CREATE INDEX retraction_pending ON public.retraction USING btree (retracted_at) WHERE (applied_at IS NULL);

CREATE TABLE slot (
  slot_id uuid NOT NULL,
  version bigint,
  channel text,
  ts text,
  delivery_id uuid,
  shown_seq bigint,
  touched_at timestamp with time zone DEFAULT now() NOT NULL,
  message_ref jsonb,
  CONSTRAINT slot_pkey PRIMARY KEY (slot_id)
);
CREATE INDEX slot_touched ON public.slot USING brin (touched_at);

CREATE TABLE tenant_move (
  tenant_id text COLLATE "C" NOT NULL,
  direction text NOT NULL,
  cell text NOT NULL,
  began_at timestamp with time zone DEFAULT now() NOT NULL,
  released_at timestamp with time zone,
  ended_at timestamp with time zone,
  CONSTRAINT tenant_move_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT tenant_move_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text])))
);

CREATE TABLE delivery_live PARTITION OF delivery FOR VALUES IN (false) WITH (fillfactor=80);
CREATE INDEX delivery_bundled ON public.delivery_live USING btree (digest_id) WHERE (digest_id IS NOT NULL);
CREATE INDEX delivery_collapse ON public.delivery_live USING btree (collapse_slot) WHERE (collapse_slot IS NOT NULL);
CREATE INDEX delivery_digest_due ON public.delivery_live USING btree (lane, ready_at) WHERE ((state = 'waiting'::text) AND (digest_key IS NOT NULL) AND (digest_id IS NULL));
CREATE INDEX delivery_digest_items ON public.delivery_live USING btree (digest_key) WHERE ((state = 'waiting'::text) AND (digest_key IS NOT NULL));
CREATE INDEX delivery_expiry ON public.delivery_live USING btree (expires_at) WHERE expiry_asked;
CREATE INDEX delivery_queue_by_priority ON public.delivery_live USING btree (lane, priority, channel, seq) WHERE (state = ANY (ARRAY['ready'::text, 'unknown'::text]));
CREATE INDEX delivery_sending ON public.delivery_live USING btree (lane) WHERE (state = 'sending'::text);
CREATE INDEX delivery_thread ON public.delivery_live USING btree (thread_slot) WHERE (thread_slot IS NOT NULL);
CREATE INDEX delivery_waiting ON public.delivery_live USING btree (ready_at) WHERE (state = 'waiting'::text);

CREATE TABLE delivery_settled PARTITION OF delivery FOR VALUES IN (true) PARTITION BY RANGE (day);
CREATE INDEX delivery_settled_listing ON public.delivery_settled USING btree (tenant_id, seq);

CREATE TABLE delivery_settled_other PARTITION OF delivery_settled DEFAULT;

CREATE OR REPLACE FUNCTION public.create_daily_partition(wanted date)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '200ms'
AS $function$
      DECLARE
        most CONSTANT integer := 5000;
        name text := 'delivery_settled_' || to_char(wanted, 'YYYYMMDD');
        stray integer;
      BEGIN
        IF wanted NOT BETWEEN current_date - 1 AND current_date + 60 THEN
          RAISE EXCEPTION 'no partition is created for %', wanted USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF to_regclass(name) IS NOT NULL THEN RETURN 'exists'; END IF;
        PERFORM pg_advisory_xact_lock(7214010);
        -- Another process may have created it meanwhile. A query, since to_regclass may answer from a cache.
        IF EXISTS (SELECT FROM pg_class c JOIN pg_class parent ON parent.relnamespace = c.relnamespace
                    WHERE parent.oid = 'delivery_settled'::regclass AND c.relname = name) THEN
          RETURN 'exists';
        END IF;
        SELECT count(*) INTO stray FROM (SELECT FROM delivery_settled_other WHERE day = wanted LIMIT most + 1) AS s;
        IF stray > most THEN RETURN 'left'; END IF;
        EXECUTE format('CREATE TABLE %I (LIKE delivery_settled INCLUDING ALL)', name);
        IF stray > 0 THEN
          LOCK TABLE delivery_settled_other IN ACCESS EXCLUSIVE MODE;
          EXECUTE format('WITH moved AS (DELETE FROM delivery_settled_other WHERE day = %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
                         wanted, name);
        END IF;
        EXECUTE format('ALTER TABLE delivery_settled ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, wanted, wanted + 1);
        RETURN 'created';
      END $function$;

CREATE OR REPLACE FUNCTION public.create_daily_partitions(days integer)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
      DECLARE day date;
      BEGIN
        PERFORM pg_advisory_xact_lock(7214010);
        FOR day IN SELECT generate_series(current_date, current_date + least(days, 60), interval '1 day')::date LOOP
          IF to_regclass('delivery_settled_' || to_char(day, 'YYYYMMDD')) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF delivery_settled FOR VALUES FROM (%L) TO (%L)',
                           'delivery_settled_' || to_char(day, 'YYYYMMDD'), day, day + 1);
          END IF;
        END LOOP;
      END $function$;

CREATE OR REPLACE FUNCTION public.drop_daily_partition(past date)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '200ms'
AS $function$
      DECLARE
        name text := 'delivery_settled_' || to_char(past, 'YYYYMMDD');
        filled boolean;
      BEGIN
        IF past >= current_date - 1 OR to_regclass(name) IS NULL THEN RETURN false; END IF;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN RETURN false; END IF;
        LOCK TABLE ONLY delivery_settled IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', name);
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN RETURN false; END IF;
        EXECUTE format('DROP TABLE %I', name);
        RETURN true;
      END $function$;

CREATE OR REPLACE FUNCTION public.drop_empty_daily_partition(past date)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '1s'
AS $function$
      DECLARE
        name text := 'delivery_settled_' || to_char(past, 'YYYYMMDD');
        filled boolean;
      BEGIN
        IF past >= current_date - 1 OR to_regclass(name) IS NULL THEN RETURN false; END IF;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN RETURN false; END IF;
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', name);
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN RETURN false; END IF;
        EXECUTE format('DROP TABLE %I', name);
        RETURN true;
      END $function$;

CREATE OR REPLACE FUNCTION public.note_installation_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      BEGIN
        NEW.changed_in := pg_current_xact_id();
        RETURN NEW;
      END $function$;

CREATE OR REPLACE FUNCTION public.refuse_delivery_move()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      BEGIN
        RAISE EXCEPTION 'a delivery cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
      END $function$;

CREATE OR REPLACE FUNCTION public.sync_message_ref()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      BEGIN
        IF NEW.message_ref IS DISTINCT FROM OLD.message_ref THEN
          NEW.channel := NEW.message_ref->>'channel';
          NEW.ts := NEW.message_ref->>'ts';
        ELSE
          NEW.message_ref := CASE WHEN NEW.ts IS NOT NULL THEN jsonb_build_object('channel', NEW.channel, 'ts', NEW.ts) END;
        END IF;
        RETURN NEW;
      END $function$;

CREATE TRIGGER delivery_moves BEFORE UPDATE ON public.delivery FOR EACH ROW WHEN (((old.state <> new.state) AND (((old.state || '>'::text) || new.state) <> ALL (ARRAY['waiting>ready'::text, 'waiting>bundled'::text, 'waiting>delivered'::text, 'waiting>expired'::text, 'waiting>cancelled'::text, 'ready>sending'::text, 'ready>waiting'::text, 'ready>delivered'::text, 'ready>expired'::text, 'ready>cancelled'::text, 'ready>failed'::text, 'sending>delivered'::text, 'sending>failed'::text, 'sending>ready'::text, 'sending>waiting'::text, 'sending>unknown'::text, 'sending>expired'::text, 'sending>cancelled'::text, 'unknown>sending'::text, 'unknown>ready'::text, 'unknown>waiting'::text, 'unknown>delivered'::text, 'unknown>failed'::text, 'unknown>expired'::text, 'unknown>cancelled'::text, 'bundled>delivered'::text, 'bundled>failed'::text, 'bundled>expired'::text, 'bundled>cancelled'::text, 'delivered>ready'::text, 'failed>ready'::text, 'expired>ready'::text, 'cancelled>ready'::text])))) EXECUTE FUNCTION refuse_delivery_move();

CREATE TRIGGER installation_changes BEFORE INSERT OR UPDATE ON public.installation FOR EACH ROW EXECUTE FUNCTION note_installation_change();

CREATE TRIGGER slot_message_ref BEFORE UPDATE ON public.slot FOR EACH ROW WHEN (((new.message_ref IS DISTINCT FROM old.message_ref) OR (new.ts IS DISTINCT FROM old.ts) OR (new.channel IS DISTINCT FROM old.channel))) EXECUTE FUNCTION sync_message_ref();

REVOKE ALL ON FUNCTION create_daily_partition(date) FROM PUBLIC;
REVOKE ALL ON FUNCTION create_daily_partitions(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION drop_daily_partition(date) FROM PUBLIC;
REVOKE ALL ON FUNCTION drop_empty_daily_partition(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_daily_partition(date) TO carillon_service;
GRANT EXECUTE ON FUNCTION create_daily_partitions(integer) TO carillon_service;
GRANT EXECUTE ON FUNCTION drop_daily_partition(date) TO carillon_service;
GRANT EXECUTE ON FUNCTION drop_empty_daily_partition(date) TO carillon_service;
GRANT EXECUTE ON FUNCTION note_installation_change() TO PUBLIC;
GRANT EXECUTE ON FUNCTION note_installation_change() TO carillon_service;
GRANT EXECUTE ON FUNCTION refuse_delivery_move() TO PUBLIC;
GRANT EXECUTE ON FUNCTION refuse_delivery_move() TO carillon_service;
GRANT EXECUTE ON FUNCTION sync_message_ref() TO PUBLIC;
GRANT EXECUTE ON FUNCTION sync_message_ref() TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE audit_entry_seq_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE delivery_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE held_record_id_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE installation_first_seen_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE migrations_id_seq TO carillon_service;
GRANT SELECT, USAGE ON SEQUENCE outbox_id_seq TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE attempt TO carillon_service;
GRANT INSERT, SELECT ON TABLE audit_entry TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE cell TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE conversation TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE decision TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE delivery TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE delivery_live TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE delivery_settled TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE delivery_settled_other TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE departing_delivery TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE digest TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE file_upload TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE held_record TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE id_reuse TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE installation TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE lane TO carillon_service;
GRANT SELECT ON TABLE migrations TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE notification TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE outbox TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE pod TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE retraction TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE slot TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE tenant_move TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO carillon_service;
