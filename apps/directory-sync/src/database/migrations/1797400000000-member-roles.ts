// What a member is in the product: `{role}` of a request tells all who have it.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MemberRoles1797400000000 implements MigrationInterface {
  readonly name = 'MemberRoles1797400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE member ADD COLUMN roles text[]');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE member DROP COLUMN roles');
  }
}
