// The words for categories of notification types, which files and the API declare.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Categories1797900000000 implements MigrationInterface {
  readonly name = 'Categories1797900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE catalogue_category (
        name        text COLLATE "C" PRIMARY KEY,
        title       text NOT NULL,
        description text,
        -- Who declared it last.
        origin      text NOT NULL CHECK (origin IN ('file', 'api')),
        changed_by  text NOT NULL,
        changed_at  timestamptz(3) NOT NULL DEFAULT now()
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE catalogue_category');
  }
}
