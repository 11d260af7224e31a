// What members and organisations choose besides channels: cadences, times, fallbacks, quiet hours. `types` and
// `categories` keep the channels, as the release before reads and writes them; `settings` holds the rest.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PreferenceSettings1797100000000 implements MigrationInterface {
  readonly name = 'PreferenceSettings1797100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE member_preferences ADD COLUMN settings jsonb, ADD COLUMN version bigint NOT NULL DEFAULT 1;
      ALTER TABLE organisation_defaults ADD COLUMN settings jsonb, ADD COLUMN version bigint NOT NULL DEFAULT 1;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE member_preferences DROP COLUMN settings, DROP COLUMN version;
      ALTER TABLE organisation_defaults DROP COLUMN settings, DROP COLUMN version;
    `);
  }
}
