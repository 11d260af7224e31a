// What is shown for a collapse group or a thread, as one value that only its channel reads (`message_ref`), in place
// of `channel` and `ts`. The trigger keeps both forms equal while processes of the previous release write the old one;
// a later release drops the trigger and the two columns.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddMessageRef1796900000000 implements MigrationInterface {
  readonly name = 'AddMessageRef1796900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE slot ADD COLUMN message_ref jsonb;
      UPDATE slot SET message_ref = jsonb_build_object('channel', channel, 'ts', ts) WHERE ts IS NOT NULL;
      CREATE FUNCTION sync_message_ref() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.message_ref IS DISTINCT FROM OLD.message_ref THEN
          NEW.channel := NEW.message_ref->>'channel';
          NEW.ts := NEW.message_ref->>'ts';
        ELSE
          NEW.message_ref := CASE WHEN NEW.ts IS NOT NULL THEN jsonb_build_object('channel', NEW.channel, 'ts', NEW.ts) END;
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER slot_message_ref BEFORE UPDATE ON slot FOR EACH ROW
        WHEN (NEW.message_ref IS DISTINCT FROM OLD.message_ref OR NEW.ts IS DISTINCT FROM OLD.ts OR NEW.channel IS DISTINCT FROM OLD.channel)
        EXECUTE FUNCTION sync_message_ref();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER slot_message_ref ON slot;
      DROP FUNCTION sync_message_ref();
      ALTER TABLE slot DROP COLUMN message_ref;
    `);
  }
}
