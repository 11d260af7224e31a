// The title of a notification's type, which the footer of an e-mail and a digest show. Null in rows of records without.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddTypeTitle1796800000000 implements MigrationInterface {
  readonly name = 'AddTypeTitle1796800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE notification ADD COLUMN type_title text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE notification DROP COLUMN type_title`);
  }
}
