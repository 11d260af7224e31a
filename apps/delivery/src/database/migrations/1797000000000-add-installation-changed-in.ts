// The transaction that last changed an installation, so that a process reads those that changed since it read last. A
// number from a sequence would not do: a transaction that took a lower one may commit after a reader saw a higher one.
// The trigger also serves processes of the previous release, which do not know the column.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddInstallationChangedIn1797000000000 implements MigrationInterface {
  readonly name = 'AddInstallationChangedIn1797000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE installation ADD COLUMN changed_in xid8 NOT NULL DEFAULT '0';
      CREATE INDEX installation_changed_in ON installation (changed_in);
      CREATE FUNCTION note_installation_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.changed_in := pg_current_xact_id();
        RETURN NEW;
      END $$;
      CREATE TRIGGER installation_changes BEFORE INSERT OR UPDATE ON installation FOR EACH ROW
        EXECUTE FUNCTION note_installation_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER installation_changes ON installation;
      DROP FUNCTION note_installation_change();
      ALTER TABLE installation DROP COLUMN changed_in;
    `);
  }
}
