// The catalogue of notification types, which files and the API declare. A change increments the one version of the
// catalogue, by which processes notice it.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Catalogue1797300000000 implements MigrationInterface {
  readonly name = 'Catalogue1797300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE notification_type (
        name       text COLLATE "C" PRIMARY KEY,
        definition jsonb NOT NULL,
        -- Who declared it last.
        origin     text NOT NULL CHECK (origin IN ('file', 'api')),
        revision   bigint NOT NULL DEFAULT 1,
        changed_by text NOT NULL,
        changed_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE TABLE catalogue_version (
        one     boolean PRIMARY KEY DEFAULT true CHECK (one),
        version bigint NOT NULL
      );
      INSERT INTO catalogue_version (version) VALUES (1);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notification_type; DROP TABLE catalogue_version');
  }
}
