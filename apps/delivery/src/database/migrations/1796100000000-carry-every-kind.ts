// What a delivery may be besides a message that is posted once: a newer version of one (slots), a reply, something
// taken back (retractions), part of a digest, a replay, an e-mail in Slack's place. States may only move as the table
// in `ledger/states.ts` says: the check is an expression of the trigger, so that it costs no call.
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { deliveryStates, transitions } from '../../ledger/states.ts';

const list = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');
const moves = Object.entries(transitions).flatMap(([from, to]) => to.map((state) => `${from}>${state}`));

export class CarryEveryKind1796100000000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
      ALTER TABLE delivery
        ADD COLUMN op text NOT NULL DEFAULT 'post' CHECK (op IN ('post', 'delete', 'digest')),
        ADD COLUMN collapse_slot uuid,
        ADD COLUMN thread_slot uuid,
        ADD COLUMN fallback json,
        ADD COLUMN digest_key text COLLATE "C",
        ADD COLUMN digest_due timestamptz,
        ADD COLUMN digest_next timestamptz,
        ADD COLUMN digest_id uuid,
        ADD COLUMN replay integer NOT NULL DEFAULT 0,
        ADD COLUMN tenant_id text COLLATE "C",
        DROP CONSTRAINT delivery_state_check,
        ADD CONSTRAINT delivery_state_check CHECK (state IN (${list(deliveryStates)}));
      CREATE INDEX delivery_collapse ON delivery_live (collapse_slot) WHERE collapse_slot IS NOT NULL;
      CREATE INDEX delivery_thread ON delivery_live (thread_slot) WHERE thread_slot IS NOT NULL;
      CREATE INDEX delivery_digest_items ON delivery_live (digest_key) WHERE state = 'waiting' AND digest_key IS NOT NULL;
      CREATE INDEX delivery_bundled ON delivery_live (digest_id) WHERE digest_id IS NOT NULL;

      UPDATE delivery d SET tenant_id = n.tenant_id FROM notification n WHERE n.notification_id = d.notification_id;
      ALTER TABLE delivery ALTER COLUMN tenant_id SET NOT NULL;
      CREATE INDEX delivery_settled_listing ON delivery_settled (tenant_id, seq);

      CREATE FUNCTION refuse_delivery_move() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'a delivery cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
      END $$;
      CREATE TRIGGER delivery_moves BEFORE UPDATE ON delivery FOR EACH ROW
        WHEN (OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN (${list(moves)}))
        EXECUTE FUNCTION refuse_delivery_move();

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

      -- A digest is a notification that Carillon composes: this says for which series and instant, and since when its text is fixed.
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

      ALTER TABLE lane
        ADD COLUMN pace json,
        ADD COLUMN blocked json,
        ADD COLUMN paused_at timestamptz,
        ADD COLUMN paused_by text,
        ADD COLUMN pause_reason text;

      -- Where a decision went stands in its deliveries: the kinds of channel are enough to find them.
      UPDATE decision SET answer = json_build_object(
        'verdict', answer->'verdict', 'mode', answer->'mode', 'reasons', answer->'reasons',
        'kinds', (SELECT coalesce(json_agg(DISTINCT kind), '[]') FROM (
                    SELECT d->>'kind' AS kind FROM json_array_elements(answer->'destinations') AS d
                    UNION SELECT answer->'fallback'->>'kind' WHERE answer->'fallback' IS NOT NULL) AS k));

      -- The day from which a notification may be forgotten; and decisions of which only the gate is left.
      ALTER TABLE notification ADD COLUMN forget_on date;
      UPDATE notification SET forget_on = received_at::date + retention_days;
      ALTER TABLE notification ALTER COLUMN forget_on SET NOT NULL;
      CREATE INDEX notification_forget ON notification (forget_on);
      ALTER TABLE decision ALTER COLUMN answer DROP NOT NULL;
      CREATE INDEX decision_gate_only ON decision (decided_at) WHERE answer IS NULL;
    `);
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query(`
      DROP INDEX decision_gate_only;
      DELETE FROM decision WHERE answer IS NULL;
      ALTER TABLE decision ALTER COLUMN answer SET NOT NULL;
      ALTER TABLE notification DROP COLUMN forget_on;
      ALTER TABLE lane DROP COLUMN pace, DROP COLUMN blocked, DROP COLUMN paused_at, DROP COLUMN paused_by, DROP COLUMN pause_reason;
      DROP TABLE conversation, digest, retraction, slot;
      DROP TRIGGER delivery_moves ON delivery;
      DROP FUNCTION refuse_delivery_move();
      ALTER TABLE delivery
        DROP CONSTRAINT delivery_state_check,
        DROP COLUMN op, DROP COLUMN collapse_slot, DROP COLUMN thread_slot, DROP COLUMN fallback, DROP COLUMN digest_key,
        DROP COLUMN digest_due, DROP COLUMN digest_next, DROP COLUMN digest_id, DROP COLUMN replay,
        DROP COLUMN tenant_id;
      ALTER TABLE delivery ADD CONSTRAINT delivery_state_check
        CHECK (state IN ('waiting', 'ready', 'sending', 'unknown', 'delivered', 'failed', 'expired', 'cancelled'));
    `);
  }
}
