// What of a notification's content differs for some recipients, by name, and which of it a delivery shows. Null: the
// content as it is. Read by part, so jsonb. A process of the previous release sends the content as it is.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddContentVariants1797500000000 implements MigrationInterface {
  readonly name = 'AddContentVariants1797500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE notification ADD COLUMN variants jsonb;
      ALTER TABLE delivery ADD COLUMN variant text COLLATE "C";
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE delivery DROP COLUMN variant;
      ALTER TABLE notification DROP COLUMN variants;
    `);
  }
}
