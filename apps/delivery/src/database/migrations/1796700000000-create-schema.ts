// The schema of the first release: the ledger, lanes, the replica of installations, the outbox and the audit log.
// `delivery` is split by `settled`: what is not terminal lies in one small partition, whose indexes make the cost of a
// claim independent of history; what is terminal moves into partitions by day, which retention drops whole. Keys are
// compared byte by byte (COLLATE "C"): nobody reads their order, and a locale's rules cost half of an insert. What is
// only ever read whole is json, not jsonb.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSchema1796700000000 implements MigrationInterface {
  readonly name = 'CreateSchema1796700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE notification (
        notification_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        source text NOT NULL,
        external_id text NOT NULL,
        type text NOT NULL,
        category text NOT NULL,
        content json NOT NULL,
        priority smallint NOT NULL,
        expires_at timestamptz NOT NULL,
        collapse_key text,
        thread_key text,
        sequence bigint,
        ambiguity text NOT NULL,
        mutable boolean NOT NULL,
        retention_days integer NOT NULL,
        -- Why nobody hears it, where nobody does.
        reasons json,
        traceparent text,
        received_at timestamptz NOT NULL DEFAULT now(),
        -- The day from which the notification may be deleted.
        forget_on date NOT NULL,
        -- Of the request's content: one id has one content.
        request_hash text COLLATE "C"
      );
      CREATE INDEX notification_forget ON notification (forget_on);

      -- The gate: the first decision for a recipient wins, every later one is dropped whole. Without an answer: only the
      -- gate is left of it.
      CREATE TABLE decision (
        notification_id uuid NOT NULL,
        recipient text COLLATE "C" NOT NULL,
        answer json,
        decided_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (notification_id, recipient)
      );
      CREATE INDEX decision_gate_only ON decision (decided_at) WHERE answer IS NULL;

      CREATE TABLE delivery (
        delivery_id uuid NOT NULL,
        settled boolean NOT NULL DEFAULT false,
        day date NOT NULL DEFAULT current_date,
        seq bigint NOT NULL,
        notification_id uuid NOT NULL,
        recipient text COLLATE "C" NOT NULL,
        destination json NOT NULL,
        lane text COLLATE "C" NOT NULL,
        channel text COLLATE "C" NOT NULL,
        priority smallint NOT NULL,
        installation_id text,
        state text NOT NULL CHECK (state IN ('waiting', 'ready', 'sending', 'unknown', 'bundled', 'delivered', 'failed', 'expired', 'cancelled')),
        ready_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        expiry_asked boolean NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        ambiguous integer NOT NULL DEFAULT 0,
        attempt_id uuid,
        epoch bigint,
        claimed_at timestamptz,
        held_since timestamptz,
        reason text,
        slack jsonb,
        settled_at timestamptz,
        op text NOT NULL DEFAULT 'post' CHECK (op IN ('post', 'delete', 'digest')),
        collapse_slot uuid,
        thread_slot uuid,
        fallback json,
        digest_key text COLLATE "C",
        digest_due timestamptz,
        digest_next timestamptz,
        digest_id uuid,
        replay integer NOT NULL DEFAULT 0,
        tenant_id text COLLATE "C" NOT NULL,
        CHECK (settled = (state IN ('delivered', 'failed', 'expired', 'cancelled'))),
        PRIMARY KEY (delivery_id, settled, day)
      ) PARTITION BY LIST (settled);
      CREATE SEQUENCE delivery_seq CACHE 1;
      CREATE TABLE delivery_live PARTITION OF delivery FOR VALUES IN (false) WITH (fillfactor = 80);
      CREATE INDEX delivery_queue ON delivery_live (lane, channel, priority, seq) WHERE state IN ('ready', 'unknown');
      CREATE INDEX delivery_sending ON delivery_live (lane) WHERE state = 'sending';
      CREATE INDEX delivery_waiting ON delivery_live (ready_at) WHERE state = 'waiting';
      CREATE INDEX delivery_expiry ON delivery_live (expires_at) WHERE expiry_asked;
      CREATE INDEX delivery_collapse ON delivery_live (collapse_slot) WHERE collapse_slot IS NOT NULL;
      CREATE INDEX delivery_thread ON delivery_live (thread_slot) WHERE thread_slot IS NOT NULL;
      CREATE INDEX delivery_digest_items ON delivery_live (digest_key) WHERE state = 'waiting' AND digest_key IS NOT NULL;
      CREATE INDEX delivery_bundled ON delivery_live (digest_id) WHERE digest_id IS NOT NULL;
      CREATE TABLE delivery_settled PARTITION OF delivery FOR VALUES IN (true) PARTITION BY RANGE (day);
      CREATE TABLE delivery_settled_other PARTITION OF delivery_settled DEFAULT;
      CREATE INDEX delivery_settled_listing ON delivery_settled (tenant_id, seq);

      -- The moves of ledger/states.ts; a test compares the two. An expression of the trigger, so that a permitted move
      -- costs no call.
      CREATE FUNCTION refuse_delivery_move() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'a delivery cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
      END $$;
      CREATE TRIGGER delivery_moves BEFORE UPDATE ON delivery FOR EACH ROW
        WHEN (OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN (
          'waiting>ready', 'waiting>bundled', 'waiting>delivered', 'waiting>expired', 'waiting>cancelled',
          'ready>sending', 'ready>waiting', 'ready>delivered', 'ready>expired', 'ready>cancelled', 'ready>failed',
          'sending>delivered', 'sending>failed', 'sending>ready', 'sending>waiting', 'sending>unknown', 'sending>expired', 'sending>cancelled',
          'unknown>sending', 'unknown>ready', 'unknown>waiting', 'unknown>delivered', 'unknown>failed', 'unknown>expired', 'unknown>cancelled',
          'bundled>delivered', 'bundled>failed', 'bundled>expired', 'bundled>cancelled',
          'delivered>ready',
          'failed>ready',
          'expired>ready',
          'cancelled>ready'))
        EXECUTE FUNCTION refuse_delivery_move();

      -- The service creates and drops the partitions by day through functions of the role that owns the tables, since
      -- its own role may do neither (docs/adr/0021). Both take a number or a day, never a name.
      CREATE FUNCTION create_daily_partitions(days integer) RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER AS $$
      DECLARE day date;
      BEGIN
        PERFORM pg_advisory_xact_lock(7214010);
        FOR day IN SELECT generate_series(current_date, current_date + least(days, 60), interval '1 day')::date LOOP
          IF to_regclass('delivery_settled_' || to_char(day, 'YYYYMMDD')) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF delivery_settled FOR VALUES FROM (%L) TO (%L)',
                           'delivery_settled_' || to_char(day, 'YYYYMMDD'), day, day + 1);
          END IF;
        END LOOP;
      END $$;

      -- Returns whether the partition was dropped. A partition that is empty before the lock is checked again under it.
      CREATE FUNCTION drop_empty_daily_partition(past date) RETURNS boolean
      LANGUAGE plpgsql SECURITY DEFINER AS $$
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
      END $$;

      -- A function with its owner's rights finds tables in the schema of the tables alone.
      DO $$
      BEGIN
        EXECUTE format('ALTER FUNCTION create_daily_partitions(integer) SET search_path = %I, pg_temp', current_schema());
        EXECUTE format('ALTER FUNCTION drop_empty_daily_partition(date) SET search_path = %I, pg_temp', current_schema());
      END $$;
      ALTER FUNCTION drop_empty_daily_partition(date) SET lock_timeout = '1s';
      REVOKE EXECUTE ON FUNCTION create_daily_partitions(integer), drop_empty_daily_partition(date) FROM PUBLIC;

      CREATE TABLE attempt (
        attempt_id uuid PRIMARY KEY,
        delivery_id uuid NOT NULL,
        n integer NOT NULL,
        result text NOT NULL,
        error text,
        advice text,
        status smallint,
        request_id text,
        latency_ms integer,
        at timestamptz NOT NULL
      );
      CREATE INDEX attempt_delivery ON attempt (delivery_id);

      CREATE TABLE pod (
        pod_id uuid PRIMARY KEY,
        lock_key bigint NOT NULL,
        lease_until timestamptz NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE lane (
        lane_id text COLLATE "C" PRIMARY KEY,
        pod_id uuid,
        epoch bigint NOT NULL DEFAULT 0,
        -- What the last owner learned about Slack's limit; null until it was refused once.
        posting_per_minute real,
        pace json,
        blocked json,
        paused_at timestamptz,
        paused_by text,
        pause_reason text
      ) WITH (fillfactor = 70);

      CREATE TABLE installation (
        installation_id text PRIMARY KEY,
        tenant_id text NOT NULL,
        team_id text,
        state text NOT NULL,
        scopes text[] NOT NULL,
        version bigint NOT NULL,
        deleted boolean NOT NULL DEFAULT false,
        -- The order in which installations became known: a workspace stays with the tenant that connected it first.
        first_seen bigint GENERATED BY DEFAULT AS IDENTITY
      );

      -- One matter of one recipient: what stands in Slack for it, and the newest version that was accepted.
      CREATE TABLE slot (
        slot_id uuid PRIMARY KEY,
        version bigint,
        channel text,
        ts text,
        -- Whose content it shows, and the place of that one in the order of arrival.
        delivery_id uuid,
        shown_seq bigint,
        touched_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX slot_touched ON slot USING brin (touched_at);

      CREATE TABLE retraction (
        notification_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        retracted_at timestamptz NOT NULL DEFAULT now()
      );

      -- A digest is a notification that Carillon composes: for which series and instant, and since when its text is fixed.
      CREATE TABLE digest (
        digest_id uuid PRIMARY KEY,
        digest_key text COLLATE "C" NOT NULL,
        due_at timestamptz NOT NULL,
        frozen_at timestamptz
      );

      -- Conversations that Slack opened for us: a group by its people, a direct message by its person.
      CREATE TABLE conversation (
        team_id text NOT NULL,
        people text COLLATE "C" NOT NULL,
        channel text NOT NULL,
        opened_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (team_id, people)
      );

      -- Files that Slack already holds for deliveries that are not settled.
      CREATE TABLE file_upload (
        delivery_id uuid NOT NULL,
        -- The file's place in the content.
        n integer NOT NULL,
        file_id text NOT NULL,
        title text NOT NULL,
        uploaded_at timestamptz NOT NULL,
        PRIMARY KEY (delivery_id, n)
      );

      -- How often another content came under the id of a notification.
      CREATE TABLE id_reuse (
        notification_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        times integer NOT NULL,
        first_at timestamptz NOT NULL DEFAULT now(),
        last_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX id_reuse_last ON id_reuse (last_at);
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
