// The ledger. `delivery` is split by `settled`: what is not terminal lives in one small partition, whose indexes make
// the cost of a claim independent of history; what is terminal moves into partitions by day, which retention drops
// whole. Keys are compared byte by byte (COLLATE "C"): nobody reads their order, and a locale's rules cost half of an
// insert. What is only ever read whole is json, not jsonb.
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { outboxMigrationSql } from '@carillon/persistence';
import { deliveryStates, terminalStates } from '../../ledger/states.ts';

const list = (states: readonly string[]): string => states.map((state) => `'${state}'`).join(', ');

export class CreateLedger1763800000000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
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
        received_at timestamptz NOT NULL DEFAULT now()
      );

      -- The gate: the first decision for a recipient wins, every later one is dropped whole.
      CREATE TABLE decision (
        notification_id uuid NOT NULL,
        recipient text COLLATE "C" NOT NULL,
        answer json NOT NULL,
        decided_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (notification_id, recipient)
      );

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
        state text NOT NULL CHECK (state IN (${list(deliveryStates)})),
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
        CHECK (settled = (state IN (${list(terminalStates)}))),
        PRIMARY KEY (delivery_id, settled, day)
      ) PARTITION BY LIST (settled);
      CREATE SEQUENCE delivery_seq CACHE 1;
      CREATE TABLE delivery_live PARTITION OF delivery FOR VALUES IN (false) WITH (fillfactor = 80);
      CREATE INDEX delivery_queue ON delivery_live (lane, channel, priority, seq) WHERE state IN ('ready', 'unknown');
      CREATE INDEX delivery_sending ON delivery_live (lane) WHERE state = 'sending';
      CREATE INDEX delivery_waiting ON delivery_live (ready_at) WHERE state = 'waiting';
      CREATE INDEX delivery_expiry ON delivery_live (expires_at) WHERE expiry_asked;
      CREATE TABLE delivery_settled PARTITION OF delivery FOR VALUES IN (true) PARTITION BY RANGE (day);
      CREATE TABLE delivery_settled_other PARTITION OF delivery_settled DEFAULT;

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
        posting_per_minute real
      ) WITH (fillfactor = 70);

      CREATE TABLE installation (
        installation_id text PRIMARY KEY,
        tenant_id text NOT NULL,
        team_id text,
        state text NOT NULL,
        scopes text[] NOT NULL,
        version bigint NOT NULL,
        deleted boolean NOT NULL DEFAULT false
      );
    `);
    await query.query(outboxMigrationSql);
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query(
      'DROP TABLE installation, lane, pod, attempt, delivery, decision, notification, outbox; DROP SEQUENCE delivery_seq',
    );
  }
}
