// The replica of the channels that directory-sync knows, found by id or by name.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Channels1798000000000 implements MigrationInterface {
  readonly name = 'Channels1798000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE channel (
        key             text PRIMARY KEY,
        tenant_id       text,
        installation_id text,
        channel_id      text,
        team_id         text,
        name            text,
        is_private      boolean,
        is_archived     boolean,
        is_member       boolean,
        version         bigint NOT NULL,
        deleted         boolean NOT NULL
      );
      CREATE INDEX channel_by_id ON channel (tenant_id, channel_id) WHERE NOT deleted;
      CREATE INDEX channel_by_name ON channel (tenant_id, name COLLATE "C") WHERE NOT deleted;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE channel');
  }
}
