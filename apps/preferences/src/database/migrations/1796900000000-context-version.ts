// Renames the table knowledge_version to context_version, the name that the code uses. It is one step instead of expand
// and contract, because no release with the old name was deployed.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ContextVersion1796900000000 implements MigrationInterface {
  readonly name = 'ContextVersion1796900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE knowledge_version RENAME TO context_version;
      ALTER TABLE context_version RENAME CONSTRAINT knowledge_version_pkey TO context_version_pkey;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('the service reads context_version: go forward with another migration'));
  }
}
